rule evaluate:
    input:
        code=code("evaluate.py"),
        data=rules.prepare.output,
        model=multiext(f"{MODEL}/model", ".safetensors", ".json"),
        onnx=onnx_files_of(MODEL),
    output:
        predictions=f"{MODEL}/predictions.parquet",
        classes=f"{MODEL}/classes.csv",
        result=f"{MODEL}/evaluation.json",
    log:
        "results/logs/{task}/evaluate/{model}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(gpus=GPUS, workers=WORKERS),
        python=ON_GPU,
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(
            lambda wildcards: {
                "batch_size": task(wildcards).batch_size,
                "precisions": list(onnx_of(wildcards)),
            }
        ),
    message:
        "evaluate {wildcards.model}"
    shell:
        command(
            "--model {input.model[0]:q} --onnx {input.onnx:q} "
            "--data results/tasks/{wildcards.task:q}/data --predictions {output.predictions:q} "
            "--classes {output.classes:q} --output {output.result:q}",
            compute=True,
        )
