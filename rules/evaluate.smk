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
        "python {input.code[0]} --model {input.model[0]} --onnx {input.onnx} "
        "--data results/tasks/{wildcards.task}/data "
        "--predictions {output.predictions} --classes {output.classes} "
        "--output {output.result} "
        "--settings {params.settings:q} --log {log} "
        "--device {resources.device} --threads {threads} --workers {resources.workers}"
