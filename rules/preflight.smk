# The first job of a task: what its network cannot do is known before anything is trained.
rule preflight:
    input:
        code=code_with("preflight.py", LOOKUPS.network_code),
        data=rules.prepare.output,
    output:
        places.preflight_file("{task}"),
    log:
        log_file("{task}", "preflight"),
    resources:
        **asks(),
    params:
        settings=settings(SETTINGS.preflight),
    message:
        "try the network of {wildcards.task}"
    shell:
        command("--output {output:q}", data=True)
