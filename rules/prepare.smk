rule prepare:
    input:
        code=code("prepare.py"),
        audit=lambda wildcards: expand(
            rules.audit.output.result, dataset=task(wildcards).dataset
        ),
        cache=cache_of,
    output:
        f"{DATA}/splits.parquet",
        f"{DATA}/manifest.json",
    log:
        "results/logs/{task}/prepare.log",
    localrule: True
    params:
        settings=settings(
            lambda wildcards: {
                "validation": task(wildcards).validation,
                "calibration": task(wildcards).calibration.model_dump(),
                "seed": task(wildcards).seed,
            }
        ),
    message:
        "prepare the images of {wildcards.task}"
    shell:
        command(
            "--audit {input.audit:q} --cache {input.cache:q} "
            "--folder results/tasks/{wildcards.task:q}/data"
        )
