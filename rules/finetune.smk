rule finetune:
    input:
        code=code("finetune.py"),
        data=rules.prepare.output,
        start=start_of,
        teacher=teacher_of,
        shared=of_wildcards(lambda wildcards: shared(wildcards.recipe)),
    output:
        model=f"{CELL.folder}/model.safetensors",
        description=f"{CELL.folder}/model.json",
        curve=f"{CELL.folder}/curve.csv",
    log:
        "results/logs/{task}/finetune/{method}-{scope}-{budget}-{recipe}-seed{seed}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(share=1, gpus=GPUS * PROCESSES, workers=WORKERS, processes=PROCESSES),
        device=DEVICE,
        workers=WORKERS,
        python=TRAINER,
        save_every=SAVE_EVERY,
        board=board("{task}/{method}-{scope}-{budget}-{recipe}-seed{seed}"),
    params:
        settings=settings(
            lambda wildcards: {
                "recipe": recipe(wildcards.recipe),
                "seed": int(wildcards.seed),
            }
        ),
    message:
        "fine-tune {wildcards.method}, {wildcards.scope}, {wildcards.budget}, {wildcards.recipe}, seed {wildcards.seed}"
    shell:
        command(
            "--start {input.start[0]:q} --teacher {input.teacher:q} "
            "--data results/tasks/{wildcards.task:q}/data "
            "--output {output.model:q} --curve {output.curve:q}",
            compute=True,
            training=True,
        )
