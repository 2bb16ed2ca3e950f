rule audit:
    input:
        code=code_with("audit.py", LOOKUPS.source_code),
        data=looked_up(lambda dataset: fingerprints(LOOKUPS.dataset(dataset).watched())),
    output:
        images=f"{DATASET_FOLDER}/{layout.IMAGES}",
        result=f"{DATASET_FOLDER}/{layout.AUDIT}",
    log:
        log_file("datasets", "{dataset}", "audit"),
    # nothing else can run before it
    threads: whole_machine(lambda: CONFIG.compute.threads.audit)
    resources:
        **asks(share=1),
    params:
        settings=settings(SETTINGS.audit),
    message:
        "audit the images of {wildcards.dataset}"
    shell:
        command(
            f"--folder {places.dataset_folder('{wildcards.dataset:q}')} --threads {{threads}}"
        )
