# What a job asks a cluster's scheduler for. On one machine nothing of it counts but `gpu`.
import math

from budama.config.schema import Cluster


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
    """What the task in the wildcards asks for; for a dataset, the most that one of its tasks does."""
    if hasattr(wildcards, "task"):
        return task(wildcards).cluster
    owners = [
        t.cluster for t in CONFIG.tasks.values() if t.dataset == wildcards.dataset
    ]
    return max(owners, key=lambda cluster: cluster.hours, default=Cluster())


def whole_machine(on_cluster):
    """All cores of this machine; in a cluster's job as many as ``on_cluster(wildcards)`` says."""
    return lambda wildcards: on_cluster(wildcards) if ON_CLUSTER else workflow.cores


def decoding_threads(wildcards):
    return CONFIG.compute.threads.audit


def timing_threads(wildcards):
    return CONFIG.latency_of(wildcards.task).threads
