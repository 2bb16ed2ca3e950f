rule finetune:
    input:
        code=code("finetune.py"),
        data=rules.prepare.output,
        start=start_of,
    output:
        model=f"{CELL.folder}/model.safetensors",
        description=f"{CELL.folder}/model.json",
        curve=f"{CELL.folder}/curve.csv",
    log:
        "results/logs/{task}/finetune/{method}-{scope}-{budget}-{recipe}-seed{seed}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        gpu=GPUS,
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(
            lambda wildcards: {
                "recipe": recipe(wildcards.recipe),
                "seed": int(wildcards.seed),
            }
        ),
    message:
        "fine-tune {wildcards.method}, {wildcards.scope}, {wildcards.budget}, seed {wildcards.seed}"
    shell:
        "python {input.code[0]} --start {input.start[0]} "
        "--data results/tasks/{wildcards.task}/data "
        "--output {output.model} --curve {output.curve} "
        "--settings {params.settings:q} --log {log} "
        "--device {resources.device} --threads {threads} --workers {resources.workers}"
