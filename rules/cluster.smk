# What a job asks a cluster's scheduler for. On one machine nothing of it counts but `gpu`.
import math


def asks(share=1 / 4, gpus=0, workers=0, processes=1):
    """The resources of a job that may take ``share`` of the task's hours, more in each attempt.

    A job without a GPU says so, because the profile may name a model of GPU for all jobs. On one
    machine only the GPUs count, and the rest would be a seventh of the time that planning takes.
    """
    if not ON_CLUSTER:
        return {"gpu": gpus}
    return {
        "gpu": gpus,
        # SLURM may spread several GPUs over nodes, and a job uses those of the first alone
        "nodes": 1,
        "cpus_per_task": lambda wildcards, threads: processes * (threads + workers),
        "mem_mb": lambda wildcards, attempt: math.ceil(
            attempt * 1000 * limits(wildcards).memory_gb
        ),
        "runtime": lambda wildcards, attempt: max(
            10, math.ceil(attempt * 60 * share * limits(wildcards).hours)
        ),
    } | ({} if gpus else {"gpu_model": ""})


def limits(wildcards):
    task, dataset = (getattr(wildcards, name, None) for name in ("task", "dataset"))
    return in_words(LOOKUPS.limits, task, dataset)


def whole_machine(on_cluster):
    """All cores of this machine; in a cluster's job as many as the look-up ``on_cluster`` says."""
    return looked_up(on_cluster) if ON_CLUSTER else lambda wildcards: workflow.cores


# A job that times something has the machine to itself
ALL_THREADS = whole_machine(lambda task: LOOKUPS.latency(task).threads)


def where_timed(timed, usual):
    """``timed`` for budgets in latency, whose candidates are timed on the way; else ``usual``."""
    if timed == usual:
        return usual

    def of(wildcards):
        chosen = timed if wildcards.budget.startswith("latency-") else usual
        return chosen(wildcards) if callable(chosen) else chosen

    return of
