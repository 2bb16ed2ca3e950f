"""The workflow's jobs: one as it is planned, which plan and why read, and how many run at once."""

from dataclasses import dataclass

from budama.config.schema import Compute


@dataclass(frozen=True)
class PlannedJob:
    """One job: its rule, what it does in words, and its outputs.

    ``alone`` says that it has the whole machine to itself, ``runs`` that it would run now.
    ``causes`` are why, in words: its own, none if it only follows from jobs before it.
    """

    rule: str
    message: str
    wildcards: dict[str, str]
    outputs: tuple[str, ...] = ()
    alone: bool = False
    runs: bool = True
    causes: tuple[str, ...] = ()


def parallel_jobs(compute: Compute, cores: int, gpus: int) -> int:
    """Return how many jobs run beside each other on ``cores``, or where there are any on ``gpus``.

    ``gpus`` are those that Snakemake may use; a job that trains takes one for each process.
    """
    if gpus and compute.device != "cpu":
        return max(1, gpus // compute.processes)
    return max(1, cores // compute.threads.cell)
