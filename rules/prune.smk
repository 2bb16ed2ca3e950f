rule prune:
    input:
        code=criterion_code("prune.py"),
        dense=rules.dense.output,
        scores=rules.calibrate.output,
    output:
        model=f"{CELL.pruned}/model.safetensors",
        description=f"{CELL.pruned}/model.json",
        layers=f"{CELL.pruned}/layers.csv",
    log:
        "results/logs/{task}/prune/{method}-{scope}-{budget}-seed{seed}.log",
    wildcard_constraints:
        scope="layer|global",
    params:
        settings=settings(
            lambda wildcards: {
                "method": wildcards.method,
                "scope": wildcards.scope,
                "budget": Budget.from_id(wildcards.budget).model_dump(),
                "seed": int(wildcards.seed),
            }
        ),
    message:
        "prune {wildcards.method}, {wildcards.scope}, {wildcards.budget}, seed {wildcards.seed}"
    shell:
        "python {input.code[0]} --dense {input.dense[0]} --scores {input.scores[0]} "
        "--output {output.model} --table {output.layers} "
        "--settings {params.settings:q} --log {log}"
