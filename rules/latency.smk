# What the ratios of this machine are worth: two copies of the dense model, first of all.
rule selftest:
    input:
        code=code("selftest.py"),
        dense=looked_up(LOOKUPS.dense_onnx),
    output:
        f"{DENSE_FOLDER}/{places.LATENCY}",
    log:
        log_file("{task}", "selftest"),
    # before `costs`, which need not test the machine again then
    priority: 1
    # the whole machine: nothing else of the pipeline may run beside a measurement
    threads: ALL_THREADS
    resources:
        **asks(gpus=TIMING_GPUS),
        python=TIMER,
    params:
        settings=settings(SETTINGS.latency),
    message:
        "time two copies of {wildcards.task}'s dense model"
    shell:
        command(
            "--dense {input.dense[0]:q} --output {output:q}", on="{resources.python}"
        )


rule latency:
    input:
        code=code("latency.py"),
        dense=looked_up(LOOKUPS.dense_onnx),
        model=looked_up(LOOKUPS.onnx),
        tested=rules.selftest.output,
    output:
        f"{MODEL_FOLDER}/{places.LATENCY}",
    log:
        log_file("{task}", "latency", "{model}"),
    wildcard_constraints:
        model=f"cells/{CELL_PATTERN}",
    threads: ALL_THREADS
    resources:
        **asks(gpus=TIMING_GPUS),
        python=TIMER,
    params:
        settings=settings(SETTINGS.latency),
    message:
        "measure the latency of {wildcards.model}"
    shell:
        command(
            "--dense {input.dense[0]:q} --model {input.model[0]:q} "
            "--tested {input.tested:q} --output {output:q}",
            on="{resources.python}",
        )
