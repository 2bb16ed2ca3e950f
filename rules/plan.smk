# `snakemake plan`: time and disk of the scenarios, estimated. Like doctor: no outputs, so that it
# runs whenever it is asked for; on this machine; reads the config itself.
rule plan:
    input:
        code=[str(HERE / "scripts/plan.py")],
    log:
        log_file("plan"),
    localrule: True
    params:
        settings=settings(lambda: SETTINGS.of_all(config) | {"gpus": gpu_pool()}),
    message:
        "estimate what the scenarios will cost"
    shell:
        command()
