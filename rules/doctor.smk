# `snakemake doctor`: without outputs, so that it runs whenever it is asked for; on this machine, so
# that it reaches the terminal. It reads the config itself, and names only its own file as code:
# nothing of it can be stale, and what Snakemake prints of a rule that fails stays short.
rule doctor:
    input:
        code=[str(HERE / "scripts/doctor.py")],
        requirements=str(HERE / "envs/requirements.txt"),
    log:
        log_file("doctor"),
    localrule: True
    params:
        settings=settings(lambda: SETTINGS.of_all(config)),
    message:
        "look at this machine and at what the config wants of it"
    shell:
        command("--requirements {input.requirements:q}")
