# The first job of a task: what its network cannot do is known before anything is trained.
rule preflight:
    input:
        code=[ancient(str(HERE / "scripts/preflight.py"))],
        # Stale where the dense model is, and nowhere else: Snakemake would not look at what stands
        # behind a job that runs, if only its file's presence counts.
        dense=code_with("dense.py", LOOKUPS.network_code),
        data=rules.prepare.output,
    output:
        places.preflight_file("{task}"),
    log:
        log_file("{task}", "preflight"),
    resources:
        **asks(),
        # what is tried; of that, `ignore` does not matter to the dense model
        tried=settings(SETTINGS.preflight),
    params:
        settings=settings(SETTINGS.dense),
    message:
        "try the network of {wildcards.task}"
    shell:
        command("--output {output:q}", data=True, settings="resources.tried")
