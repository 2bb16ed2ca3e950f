rule audit:
    input:
        code=lambda wildcards: code_files("audit.py", source_file(dataset(wildcards))),
        data=lambda wildcards: fingerprints(dataset(wildcards).watched()),
    output:
        images=f"{DATASET}/images.parquet",
        result=f"{DATASET}/audit.json",
    log:
        "results/logs/datasets/{dataset}/audit.log",
    # nothing else can run before it
    threads: whole_machine(decoding_threads)
    resources:
        **asks(share=1),
    params:
        settings=settings(
            lambda wildcards: {"dataset": dataset(wildcards).model_dump(mode="json")}
        ),
    message:
        "audit the images of {wildcards.dataset}"
    shell:
        "python {input.code[0]:q} --folder results/datasets/{wildcards.dataset:q} "
        "--settings {params.settings:q} --log {log:q} --threads {threads}"
