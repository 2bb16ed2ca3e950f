def start_of(wildcards):
    """What a cell is trained from: its pruned model, or for the dense control the dense one."""
    if wildcards.method == DENSE_FINETUNED:
        return rules.dense.output
    return rules.prune.output


rule finetune:
    input:
        code("finetune.py"),
        data=rules.prepare.output,
        start=start_of,
    output:
        model=CELL.folder + "/model.safetensors",
        description=CELL.folder + "/model.json",
        curve=CELL.folder + "/curve.csv",
    log:
        "results/logs/{task}/finetune/{method}-{scope}-{budget}-{recipe}-seed{seed}.log",
    threads: CONFIG.compute.threads.cell
    resources:
        gpu=GPUS,
    params:
        settings=settings(
            lambda wildcards: {
                "recipe": recipe(wildcards.recipe),
                "seed": int(wildcards.seed),
            }
        ),
    message:
        "fine-tune {wildcards.method}, {wildcards.scope}, {wildcards.budget}, seed {wildcards.seed}"
    shell:
        "{PYTHON} {SCRIPTS}/finetune.py --start {input.start[0]} "
        "--data results/tasks/{wildcards.task}/data "
        "--output {output.model} --curve {output.curve} "
        "--settings {params.settings:q} --log {log} "
        "--device {DEVICE} --threads {threads} --workers {WORKERS}"
