rule card:
    input:
        code=code("card.py"),
        templates=templates("report/card"),
        manifest=f"{DATA}/manifest.json",
        dense=multiext(f"{DENSE}/", "model.json", "evaluation.json"),
        measured=multiext(
            f"{CELL.folder}/",
            "model.json",
            "evaluation.json",
            "export.json",
            "model.onnx",
            "classes.csv",
        ),
        latency=latency_of_cell,
    output:
        card=f"{CELL.folder}/README.md",
        provenance=f"{CELL.folder}/provenance.json",
    log:
        "results/logs/{task}/card/{method}-{scope}-{budget}-{recipe}-seed{seed}.log",
    localrule: True
    params:
        settings=settings(card_settings),
    message:
        "describe {wildcards.method}, {wildcards.scope}, {wildcards.budget}, {wildcards.recipe}, seed {wildcards.seed}"
    shell:
        command(
            '--folder "$(dirname {output.card:q})" --dense "$(dirname {input.dense[0]:q})" '
            "--manifest {input.manifest:q} --card {output.card:q} "
            "--provenance {output.provenance:q}"
        )
