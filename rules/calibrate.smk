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
        python=ON_GPU,
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
        command(
            "--dense {input.dense[0]:q} --data results/tasks/{wildcards.task:q}/data "
            "--output {output.scores:q}",
            compute=True,
        )
