rule card:
    input:
        code=code("card.py"),
        templates=templates("card"),
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
    params:
        settings=settings(card_settings),
    message:
        "describe {wildcards.method}, {wildcards.scope}, {wildcards.budget}, {wildcards.recipe}, seed {wildcards.seed}"
    shell:
        "python {input.code[0]} --folder $(dirname {output.card}) "
        "--dense $(dirname {input.dense[0]}) --manifest {input.manifest} "
        "--card {output.card} --provenance {output.provenance} "
        "--settings {params.settings:q} --log {log}"
