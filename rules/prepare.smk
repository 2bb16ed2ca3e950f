rule prepare:
    input:
        code=code("prepare.py"),
        audit=looked_up(LOOKUPS.audit),
        cache=looked_up(LOOKUPS.cache),
    output:
        f"{DATA_FOLDER}/{layout.SPLITS}",
        f"{DATA_FOLDER}/{layout.MANIFEST}",
    log:
        log_file("{task}", "prepare"),
    localrule: True
    params:
        settings=settings(SETTINGS.prepare),
    message:
        "prepare the images of {wildcards.task}"
    shell:
        command(
            "--audit {input.audit:q} --cache {input.cache:q} "
            f"--folder {places.data_folder('{wildcards.task:q}')}"
        )
