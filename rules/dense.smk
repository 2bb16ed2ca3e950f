rule dense:
    input:
        code=code("dense.py"),
        data=answer(LOOKUPS.dense_data),
    output:
        model=f"{DENSE}/{places.WEIGHTS}",
        description=f"{DENSE}/{places.DESCRIPTION}",
        curve=f"{DENSE}/{places.CURVE}",
    log:
        log_file("{task}", "dense"),
    threads: CONFIG.compute.threads.dense
    resources:
        **asks(share=1, gpus=GPUS * PROCESSES, workers=WORKERS, processes=PROCESSES),
        device=DEVICE,
        workers=WORKERS,
        python=TRAINER,
        save_every=SAVE_EVERY,
        board=board("{task}/dense"),
    params:
        settings=settings(SETTINGS.dense),
    message:
        "fine-tune the dense model of {wildcards.task}"
    shell:
        command(
            "--output {output.model:q} --curve {output.curve:q}",
            data=True,
            compute=True,
            training=True,
        )
