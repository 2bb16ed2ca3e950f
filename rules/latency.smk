rule latency:
    input:
        code=code("latency.py"),
        dense=f"{DENSE}/model.onnx",
        model=f"{MODEL}/model.onnx",
    output:
        f"{MODEL}/latency.json",
    log:
        "results/logs/{task}/latency/{model}.log",
    wildcard_constraints:
        model="cells/.+",
    # the whole machine: nothing else of the pipeline may run beside a measurement
    threads: lambda wildcards: workflow.cores or 1
    resources:
        gpu=GPUS,
    params:
        settings=settings(lambda wildcards: CONFIG.latency.model_dump(mode="json")),
    message:
        "measure the latency of {wildcards.model}"
    shell:
        "python {input.code[0]} --dense {input.dense} --model {input.model} "
        "--output {output} --settings {params.settings:q} --log {log}"
