rule prune:
    input:
        code=code_with("prune.py", LOOKUPS.cut_code),
        data=rules.prepare.output,
        dense=rules.dense.output,
        scores=rules.calibrate.output,
        costs=looked_up(LOOKUPS.costs),
        onnx=looked_up(LOOKUPS.timed_onnx),
    output:
        model=f"{CELL.pruned}/{places.WEIGHTS}",
        description=f"{CELL.pruned}/{places.DESCRIPTION}",
        layers=f"{CELL.pruned}/{places.LAYERS}",
        repair=f"{CELL.pruned}/{places.REPAIR}",
    log:
        log_file("{task}", "prune", CELL.cut_label),
    wildcard_constraints:
        scope="layer|global",
    threads: where_timed(ALL_THREADS, CONFIG.compute.threads.cell)
    resources:
        **asks(gpus=where_timed(TIMING_GPUS, GPUS), workers=WORKERS),
        python=where_timed(TIMER, ON_GPU),
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(SETTINGS.prune),
    message:
        f"prune {CUT}, seed {{wildcards.seed}}"
    shell:
        command(
            "--dense {input.dense[0]:q} --scores {input.scores[0]:q} "
            "--costs {input.costs:q} --onnx {input.onnx:q} "
            "--output {output.model:q} --table {output.layers:q} --repairs {output.repair:q}",
            data=True,
            compute=True,
        )
