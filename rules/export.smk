rule export:
    input:
        code=code_with("export.py", LOOKUPS.network_code),
        data=rules.prepare.output,
        model=multiext(f"{MODEL_FOLDER}/", places.WEIGHTS, places.DESCRIPTION),
    output:
        onnx=f"{MODEL_FOLDER}/{places.ONNX}",
        report=f"{MODEL_FOLDER}/{places.EXPORT}",
    log:
        log_file("{task}", "export", "{model}"),
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(),
    params:
        settings=settings(SETTINGS.export),
    message:
        "export {wildcards.model}"
    shell:
        command(
            "--model {input.model[0]:q} "
            "--output {output.onnx:q} --report {output.report:q} "
            "--device cpu --threads {threads}",
            data=True,
        )
