rule evaluate:
    input:
        code("evaluate.py"),
        data=rules.prepare.output,
        model=multiext(MODEL + "/model", ".safetensors", ".json"),
    output:
        predictions=MODEL + "/predictions.parquet",
        result=MODEL + "/evaluation.json",
    log:
        "results/logs/{task}/evaluate/{model}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        gpu=GPUS,
    params:
        settings=settings(lambda wildcards: {"batch_size": task(wildcards).batch_size}),
    message:
        "evaluate {wildcards.model}"
    shell:
        "{PYTHON} {SCRIPTS}/evaluate.py --model {input.model[0]} "
        "--data results/tasks/{wildcards.task}/data "
        "--predictions {output.predictions} --output {output.result} "
        "--settings {params.settings:q} --log {log} "
        "--device {DEVICE} --threads {threads} --workers {WORKERS}"
