# Devices: what each job may use of them.
def on_gpus(number, command):
    """A command that takes GPUs of its own first: Snakemake counts them, but assigns none.

    A cluster's scheduler does.
    """
    lease = shlex.quote(str(HERE / "scripts/lease.py"))
    leased = number and not ON_CLUSTER
    return f"python {lease} {number} -- {command}" if leased else command


# Latency is measured where its own settings say, also when the rest runs on the CPU
TIMING_GPUS = int(GPUS or (has_gpu() and not ON_CLUSTER))

# What runs the script of a rule: of those that use one GPU, that time on one, and that train
ON_GPU = on_gpus(GPUS, "python")
TIMER = on_gpus(TIMING_GPUS, "python")
# (to finish a step and save may take longer than the 30 seconds that torchrun would wait)
TRAINER = on_gpus(
    GPUS * PROCESSES,
    (
        f"torchrun --standalone --shutdown-timeout 120 --nproc-per-node {PROCESSES} --"
        if PROCESSES > 1
        else "python"
    ),
)


def gpu_pool():
    """How many GPUs Snakemake may use at once, or none if nothing limits them."""
    pool = workflow.global_resources.get("gpu")
    return pool.value if pool is not None else None


if workflow.is_main_process:
    in_words(Lookups(CONFIG).check_gpu_pool, GPUS, gpu_pool())
