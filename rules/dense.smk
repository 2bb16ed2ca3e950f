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
        "{resources.python} {input.code[0]:q} --data results/tasks/{wildcards.task:q}/data "
        "--output {output.model:q} --curve {output.curve:q} "
        "--settings {params.settings:q} --log {log:q} "
        "--device {resources.device:q} --threads {threads} --workers {resources.workers} "
        "--save-every {resources.save_every} {resources.board}"
