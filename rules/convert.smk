rule convert:
    input:
        code=code("convert.py"),
        # only one precision looks at images
        data=looked_up(
            lambda precision: rules.prepare.output if precision == CALIBRATED else []
        ),
        onnx=rules.export.output.onnx,
    output:
        f"{MODEL_FOLDER}/{places.onnx_file('{precision}')}",
    log:
        log_file("{task}", "convert", "{model}.{precision}"),
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(workers=WORKERS),
        workers=WORKERS,
    params:
        settings=settings(SETTINGS.convert),
    message:
        "convert {wildcards.model} to {wildcards.precision}"
    shell:
        command(
            "--model {input.onnx:q} "
            "--output {output:q} --device cpu --threads {threads} --workers {resources.workers}",
            data=True,
        )
