rule export:
    input:
        code=code("export.py"),
        data=rules.prepare.output,
        model=multiext(f"{MODEL}/model", ".safetensors", ".json"),
    output:
        onnx=f"{MODEL}/model.onnx",
        report=f"{MODEL}/export.json",
    log:
        "results/logs/{task}/export/{model}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(),
    params:
        settings=settings(
            lambda wildcards: {
                "images": task(wildcards).batch_size,
                "task": wildcards.task,
                "cell": wildcards.model,
            }
        ),
    message:
        "export {wildcards.model}"
    shell:
        command(
            "--model {input.model[0]:q} --data results/tasks/{wildcards.task:q}/data "
            "--output {output.onnx:q} --report {output.report:q} "
            "--device cpu --threads {threads}"
        )
