rule latency:
    input:
        code("latency.py"),
        dense=DENSE + "/model.onnx",
        model=MODEL + "/model.onnx",
    output:
        MODEL + "/latency.json",
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
        "{PYTHON} {SCRIPTS}/latency.py --dense {input.dense} --model {input.model} "
        "--output {output} --settings {params.settings:q} --log {log}"
