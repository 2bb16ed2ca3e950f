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
    threads: whole_machine(decoding_threads)
    resources:
        **asks(share=1),
    params:
        settings=settings(lambda wildcards: {"pixels": int(wildcards.pixels)}),
    message:
        "cache the images of {wildcards.dataset}, {wildcards.pixels} pixels"
    shell:
        command(
            "--audit {input.audit:q} "
            "--folder results/datasets/{wildcards.dataset:q}/cache-{wildcards.pixels:q} "
            "--threads {threads}"
        )
