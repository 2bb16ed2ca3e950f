rule prepare:
    input:
        code=code("prepare.py"),
        data=lambda wildcards: data_files(CONFIG.datasets[task(wildcards).dataset]),
    output:
        f"{DATA}/splits.parquet",
        f"{DATA}/manifest.json",
    log:
        "results/logs/{task}/prepare.log",
    params:
        settings=settings(
            lambda wildcards: {
                "dataset": CONFIG.datasets[task(wildcards).dataset].model_dump(
                    mode="json"
                ),
                "validation": task(wildcards).validation,
                "calibration": task(wildcards).calibration.model_dump(),
                "seed": task(wildcards).seed,
            }
        ),
    message:
        "prepare the images of {wildcards.task}"
    shell:
        "python {input.code[0]} --folder results/tasks/{wildcards.task}/data "
        "--settings {params.settings:q} --log {log}"
