rule prune:
    input:
        code=criterion_code("prune.py"),
        data=rules.prepare.output,
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
    threads: CONFIG.compute.threads.cell
    resources:
        **asks(gpus=GPUS, workers=WORKERS),
        python=ON_GPU,
        device=DEVICE,
        workers=WORKERS,
    params:
        settings=settings(
            lambda wildcards: {
                "criterion": criterion(wildcards.method),
                "scope": wildcards.scope,
                "budget": Budget.from_id(wildcards.budget).model_dump(
                    exclude_defaults=True
                ),
                "seed": int(wildcards.seed),
                "ignore": task(wildcards).ignore,
                "batch_size": task(wildcards).calibration.batch_size,
            }
        ),
    message:
        "prune {wildcards.method}, {wildcards.scope}, {wildcards.budget}, seed {wildcards.seed}"
    shell:
        command(
            "--dense {input.dense[0]:q} --scores {input.scores[0]:q} "
            "--data results/tasks/{wildcards.task:q}/data "
            "--output {output.model:q} --table {output.layers:q}",
            compute=True,
        )
