rule dense:
    input:
        code=code("dense.py"),
        data=rules.prepare.output,
        shared=of_wildcards(lambda wildcards: shared(task(wildcards).recipe)),
    output:
        model=f"{DENSE}/model.safetensors",
        description=f"{DENSE}/model.json",
        curve=f"{DENSE}/curve.csv",
    log:
        "results/logs/{task}/dense.log",
    threads: CONFIG.compute.threads.dense
    resources:
        **asks(share=1, gpus=GPUS * PROCESSES, workers=WORKERS, processes=PROCESSES),
        device=DEVICE,
        workers=WORKERS,
        python=TRAINER,
        save_every=SAVE_EVERY,
        board=board("{task}/dense"),
    params:
        settings=settings(
            lambda wildcards: {
                "model": task(wildcards).model,
                "weights": task(wildcards).weights,
                "weights_sha256": weights_sha256(task(wildcards)),
                "image_size": task(wildcards).image_size,
                "preprocessing": task(wildcards).preprocessing.model_dump(mode="json"),
                "recipe": recipe(task(wildcards).recipe),
                "seed": task(wildcards).seed,
            }
        ),
    message:
        "fine-tune the dense model of {wildcards.task}"
    shell:
        command(
            "--data results/tasks/{wildcards.task:q}/data "
            "--output {output.model:q} --curve {output.curve:q}",
            compute=True,
            training=True,
        )
