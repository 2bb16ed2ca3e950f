# What the ratios of this machine are worth: two copies of the dense model, first of all.
rule selftest:
    input:
        code=code("selftest.py"),
        dense=onnx_files_of(DENSE),
    output:
        f"{DENSE}/latency.json",
    log:
        "results/logs/{task}/selftest.log",
    # the whole machine: nothing else of the pipeline may run beside a measurement
    threads: whole_machine(timing_threads)
    resources:
        **asks(gpus=TIMING_GPUS),
        python=TIMER,
    params:
        settings=settings(lambda wildcards: {"latency": latency_settings(wildcards)}),
    message:
        "time two copies of {wildcards.task}'s dense model"
    shell:
        command(
            "--dense {input.dense[0]:q} --output {output:q}", on="{resources.python}"
        )


rule latency:
    input:
        code=code("latency.py"),
        dense=onnx_files_of(DENSE),
        model=onnx_files_of(MODEL),
        tested=rules.selftest.output,
    output:
        f"{MODEL}/latency.json",
    log:
        "results/logs/{task}/latency/{model}.log",
    wildcard_constraints:
        model=f"cells/{CELL_PATTERN}",
    threads: whole_machine(timing_threads)
    resources:
        **asks(gpus=TIMING_GPUS),
        python=TIMER,
    params:
        settings=settings(lambda wildcards: {"latency": latency_settings(wildcards)}),
    message:
        "measure the latency of {wildcards.model}"
    shell:
        command(
            "--dense {input.dense[0]:q} --model {input.model[0]:q} "
            "--tested {input.tested:q} --output {output:q}",
            on="{resources.python}",
        )
