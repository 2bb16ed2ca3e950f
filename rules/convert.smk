rule convert:
    input:
        code=code("convert.py"),
        # only int8 looks at images
        data=lambda wildcards: (
            rules.prepare.output if wildcards.precision == "int8" else []
        ),
        onnx=rules.export.output.onnx,
    output:
        f"{MODEL}/model.{{precision}}.onnx",
    log:
        "results/logs/{task}/convert/{model}.{precision}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(workers=WORKERS),
        workers=WORKERS,
    params:
        settings=settings(
            lambda wildcards: {
                "precision": wildcards.precision,
                "batch_size": (
                    task(wildcards).calibration.batch_size
                    if wildcards.precision == "int8"
                    else None
                ),
            }
        ),
    message:
        "convert {wildcards.model} to {wildcards.precision}"
    shell:
        command(
            "--model {input.onnx:q} --data results/tasks/{wildcards.task:q}/data "
            "--output {output:q} --device cpu --threads {threads} --workers {resources.workers}"
        )
