rule calibrate:
    input:
        code=code_with("calibrate.py", LOOKUPS.scored_code),
        data=rules.prepare.output,
        dense=rules.dense.output,
    output:
        multiext(SCORES, scores=".safetensors", description=".json"),
    log:
        log_file("{task}", "calibrate", "{method}"),
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(gpus=GPUS, workers=WORKERS),
        python=ON_GPU,
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(SETTINGS.calibrate),
    message:
        "calibrate {wildcards.method}"
    shell:
        command(
            "--dense {input.dense[0]:q} --output {output.scores:q}",
            data=True,
            compute=True,
        )
