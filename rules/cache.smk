# Runs only where a task has the key `cache`.
rule cache:
    input:
        code=lambda wildcards: code_files("cache.py", source_file(dataset(wildcards))),
        audit=rules.audit.output.result,
    output:
        images=f"{DATASET}/cache-{{pixels}}/images.bin",
        index=f"{DATASET}/cache-{{pixels}}/index.parquet",
        result=f"{DATASET}/cache-{{pixels}}/cache.json",
    log:
        "results/logs/datasets/{dataset}/cache-{pixels}.log",
    wildcard_constraints:
        pixels="[0-9]+",
    threads: lambda wildcards: workflow.cores or 1
    params:
        settings=settings(lambda wildcards: {"pixels": int(wildcards.pixels)}),
    message:
        "cache the images of {wildcards.dataset}, {wildcards.pixels} pixels"
    shell:
        "python {input.code[0]} --audit results/datasets/{wildcards.dataset} "
        "--folder results/datasets/{wildcards.dataset}/cache-{wildcards.pixels} "
        "--settings {params.settings:q} --log {log} --threads {threads}"
