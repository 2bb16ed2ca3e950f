# Runs only where a task has the key `cache`.
rule cache:
    input:
        code=code_with("cache.py", LOOKUPS.source_code),
        audit=rules.audit.output.result,
    output:
        images=f"{CACHE_FOLDER}/{layout.CACHE_PIXELS}",
        index=f"{CACHE_FOLDER}/{layout.CACHE_INDEX}",
        result=f"{CACHE_FOLDER}/{layout.CACHE}",
    log:
        log_file("datasets", "{dataset}", "cache-{pixels}"),
    wildcard_constraints:
        pixels="[0-9]+",
    threads: whole_machine(lambda: CONFIG.compute.threads.audit)
    resources:
        **asks(share=1),
    params:
        settings=settings(SETTINGS.cache),
    message:
        "cache the images of {wildcards.dataset}, {wildcards.pixels} pixels"
    shell:
        command(
            "--audit {input.audit:q} "
            f"--folder {places.cache_folder('{wildcards.dataset:q}', '{wildcards.pixels:q}')} "
            "--threads {threads}"
        )
