rule prepare:
    input:
        code("prepare.py"),
        lambda wildcards: data_files(CONFIG.datasets[task(wildcards).dataset]),
    output:
        DATA + "/splits.parquet",
        DATA + "/manifest.json",
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
        "{PYTHON} {SCRIPTS}/prepare.py --folder results/tasks/{wildcards.task}/data "
        "--settings {params.settings:q} --log {log}"
