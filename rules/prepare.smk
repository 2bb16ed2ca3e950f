rule prepare:
    input:
        code=code("prepare.py"),
        audit=answer(LOOKUPS.audit),
        cache=answer(LOOKUPS.cache),
    output:
        f"{DATA}/{layout.SPLITS}",
        f"{DATA}/{layout.MANIFEST}",
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
