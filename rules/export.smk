rule export:
    input:
        code("export.py"),
        data=rules.prepare.output,
        model=multiext(MODEL + "/model", ".safetensors", ".json"),
    output:
        onnx=MODEL + "/model.onnx",
        report=MODEL + "/export.json",
    log:
        "results/logs/{task}/export/{model}.log",
    threads: CONFIG.compute.threads.cell
    params:
        settings=settings(lambda wildcards: {"images": task(wildcards).batch_size}),
    message:
        "export {wildcards.model}"
    shell:
        "{PYTHON} {SCRIPTS}/export.py --model {input.model[0]} "
        "--data results/tasks/{wildcards.task}/data "
        "--output {output.onnx} --report {output.report} "
        "--settings {params.settings:q} --log {log} --device cpu --threads {threads}"
