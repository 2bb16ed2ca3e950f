rule prune:
    input:
        code=criterion_code("prune.py"),
        data=rules.prepare.output,
        dense=rules.dense.output,
        scores=rules.calibrate.output,
    output:
        model=f"{CELL.pruned}/{places.WEIGHTS}",
        description=f"{CELL.pruned}/{places.DESCRIPTION}",
        layers=f"{CELL.pruned}/{places.LAYERS}",
        repair=f"{CELL.pruned}/{places.REPAIR}",
    log:
        log_file("{task}", "prune", CELL.cut_label),
    wildcard_constraints:
        scope="layer|global",
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(gpus=GPUS, workers=WORKERS),
        python=ON_GPU,
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(SETTINGS.prune),
    message:
        f"prune {CUT}, seed {{wildcards.seed}}"
    shell:
        command(
            "--dense {input.dense[0]:q} --scores {input.scores[0]:q} "
            "--output {output.model:q} --table {output.layers:q} --repairs {output.repair:q}",
            data=True,
            compute=True,
        )
