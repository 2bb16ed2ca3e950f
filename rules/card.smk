rule card:
    input:
        code=code("card.py"),
        templates=templates("report/card"),
        manifest=f"{DATA_FOLDER}/{layout.MANIFEST}",
        dense=multiext(f"{DENSE_FOLDER}/", places.DESCRIPTION, places.EVALUATION),
        measured=multiext(
            f"{CELL.folder}/",
            places.DESCRIPTION,
            places.EVALUATION,
            places.EXPORT,
            places.ONNX,
            places.CLASSES,
        ),
        latency=looked_up(
            lambda task: (
                f"{CELL.folder}/{places.LATENCY}" if LOOKUPS.is_timed(task) else []
            )
        ),
    output:
        card=f"{CELL.folder}/{places.CARD}",
        provenance=f"{CELL.folder}/{places.PROVENANCE}",
    log:
        log_file("{task}", "card", CELL.label),
    localrule: True
    params:
        settings=settings(SETTINGS.card),
    message:
        f"describe {CUT}, {{wildcards.recipe}}, seed {{wildcards.seed}}"
    shell:
        command(
            '--folder "$(dirname {output.card:q})" --dense "$(dirname {input.dense[0]:q})" '
            "--manifest {input.manifest:q} --card {output.card:q} "
            "--provenance {output.provenance:q}"
        )
