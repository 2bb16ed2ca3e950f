# What layers take at which widths on the task's device: one table for all methods.
rule costs:
    input:
        code=code_with("costs.py", LOOKUPS.network_code),
        dense=rules.dense.output,
        onnx=f"{DENSE_FOLDER}/{places.ONNX}",
    output:
        places.costs_file("{task}", "{setting}"),
    log:
        log_file("{task}", "costs", "{setting}"),
    # the whole machine: nothing else of the pipeline may run beside a measurement
    threads: ALL_THREADS
    resources:
        **asks(gpus=TIMING_GPUS),
        python=TIMER,
    params:
        settings=settings(SETTINGS.costs),
    message:
        "time the layers of {wildcards.task}'s dense model"
    shell:
        command(
            "--dense {input.dense[0]:q} --onnx {input.onnx:q} --output {output:q} --device cpu "
            # no input: the table does not depend on what else the self-test timed
            "--tested "
            + places.dense_folder("{wildcards.task:q}")
            + "/"
            + places.LATENCY,
            on="{resources.python}",
        )
