rule dense:
    input:
        code("dense.py"),
        data=rules.prepare.output,
    output:
        model=DENSE + "/model.safetensors",
        description=DENSE + "/model.json",
        curve=DENSE + "/curve.csv",
    log:
        "results/logs/{task}/dense.log",
    threads: CONFIG.compute.threads.dense
    resources:
        gpu=GPUS,
    params:
        settings=settings(
            lambda wildcards: {
                "model": task(wildcards).model,
                "weights": task(wildcards).weights,
                "weights_sha256": task(wildcards).weights_sha256,
                "image_size": task(wildcards).image_size,
                "preprocessing": task(wildcards).preprocessing.model_dump(mode="json"),
                "recipe": recipe(task(wildcards).recipe),
                "seed": task(wildcards).seed,
            }
        ),
    message:
        "fine-tune the dense model of {wildcards.task}"
    shell:
        "{PYTHON} {SCRIPTS}/dense.py --data results/tasks/{wildcards.task}/data "
        "--output {output.model} --curve {output.curve} "
        "--settings {params.settings:q} --log {log} "
        "--device {DEVICE} --threads {threads} --workers {WORKERS}"
