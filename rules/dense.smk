rule dense:
    input:
        code=code_with("dense.py", LOOKUPS.network_code),
        data=looked_up(LOOKUPS.dense_data),
        preflight=rules.preflight.output,
    output:
        model=f"{DENSE_FOLDER}/{places.WEIGHTS}",
        description=f"{DENSE_FOLDER}/{places.DESCRIPTION}",
        curve=f"{DENSE_FOLDER}/{places.CURVE}",
    log:
        log_file("{task}", "dense"),
    threads: CONFIG.compute.threads.dense
    resources:
        **asks(share=1, gpus=GPUS * PROCESSES, workers=WORKERS, processes=PROCESSES),
        device=DEVICE,
        workers=WORKERS,
        python=looked_up(
            lambda task: TRAINER if LOOKUPS.is_fine_tuned(task) else ON_GPU
        ),
        does=looked_up(
            lambda task: (
                "fine-tune" if LOOKUPS.is_fine_tuned(task) else "take as it comes"
            )
        ),
        save_every=SAVE_EVERY,
        board=board("{task}/dense"),
    params:
        settings=settings(SETTINGS.dense),
    message:
        "{resources.does} the dense model of {wildcards.task}"
    shell:
        command(
            "--output {output.model:q} --curve {output.curve:q}",
            data=True,
            compute=True,
            training=True,
        )
