rule calibrate:
    input:
        code=criterion_code("calibrate.py"),
        data=rules.prepare.output,
        dense=rules.dense.output,
    output:
        scores="results/tasks/{task}/scores/{method}.safetensors",
        description="results/tasks/{task}/scores/{method}.json",
    log:
        "results/logs/{task}/calibrate/{method}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(gpus=GPUS, workers=WORKERS),
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(
            lambda wildcards: {
                "criterion": criterion(wildcards.method),
                "batch_size": task(wildcards).calibration.batch_size,
            }
        ),
    message:
        "calibrate {wildcards.method}"
    shell:
        "python {input.code[0]} --dense {input.dense[0]} "
        "--data results/tasks/{wildcards.task}/data --output {output.scores} "
        "--settings {params.settings:q} --log {log} "
        "--device {resources.device} --threads {threads} --workers {resources.workers}"
