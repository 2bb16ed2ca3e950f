rule evaluate:
    input:
        code=code_with("evaluate.py", LOOKUPS.network_code),
        data=rules.prepare.output,
        model=multiext(f"{MODEL_FOLDER}/", places.WEIGHTS, places.DESCRIPTION),
        onnx=looked_up(LOOKUPS.onnx),
    output:
        predictions=f"{MODEL_FOLDER}/{places.PREDICTIONS}",
        classes=f"{MODEL_FOLDER}/{places.CLASSES}",
        result=f"{MODEL_FOLDER}/{places.EVALUATION}",
    log:
        log_file("{task}", "evaluate", "{model}"),
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(gpus=GPUS, workers=WORKERS),
        python=ON_GPU,
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(SETTINGS.evaluate),
    message:
        "evaluate {wildcards.model}"
    shell:
        command(
            "--model {input.model[0]:q} --onnx {input.onnx:q} "
            "--predictions {output.predictions:q} "
            "--classes {output.classes:q} --output {output.result:q}",
            data=True,
            compute=True,
        )
