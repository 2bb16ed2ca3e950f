rule finetune:
    input:
        code=code_with("finetune.py", LOOKUPS.network_code),
        data=looked_up(LOOKUPS.training_data),
        start=looked_up(
            lambda method: (
                rules.prune.output if LOOKUPS.is_cut(method) else rules.dense.output
            )
        ),
        teacher=looked_up(
            lambda recipe: rules.dense.output if LOOKUPS.is_distilled(recipe) else []
        ),
    output:
        model=f"{CELL.folder}/{places.WEIGHTS}",
        description=f"{CELL.folder}/{places.DESCRIPTION}",
        curve=f"{CELL.folder}/{places.CURVE}",
    log:
        log_file("{task}", "finetune", CELL.label),
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(share=1, gpus=GPUS * PROCESSES, workers=WORKERS, processes=PROCESSES),
        device=DEVICE,
        workers=WORKERS,
        python=looked_up(
            lambda recipe: TRAINER if LOOKUPS.is_trained(recipe) else "python"
        ),
        does=looked_up(
            lambda recipe: "fine-tune" if LOOKUPS.is_trained(recipe) else "hand on"
        ),
        save_every=SAVE_EVERY,
        board=board(f"{{task}}/{CELL.label}"),
    params:
        settings=settings(SETTINGS.finetune),
    message:
        f"{{resources.does}} {CUT}, {{wildcards.recipe}}, seed {{wildcards.seed}}"
    shell:
        command(
            "--start {input.start[0]:q} --teacher {input.teacher:q} "
            "--output {output.model:q} --curve {output.curve:q}",
            data=True,
            compute=True,
            training=True,
        )
