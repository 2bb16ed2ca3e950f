rule prepare:
    input:
        code=code("prepare.py"),
        audit=answer(LOOKUPS.audit),
        cache=answer(LOOKUPS.cache),
    output:
        f"{DATA}/{files.SPLITS}",
        f"{DATA}/{files.MANIFEST}",
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
            "--folder results/tasks/{wildcards.task:q}/data"
        )
