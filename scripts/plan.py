"""Say what scenarios will cost in time and on disk, before they run."""

from typing import Any

from budama.system.job.frame import job


def plan(*, config: dict[str, Any], gpus: int | None) -> None:
    """Hand the jobs that Snakemake plans to the library, which does not know Snakemake."""
    from budama.stages.plan import plan
    from dag import planned

    plan(planned, config=config, gpus=gpus)


if __name__ == "__main__":
    with job(__doc__) as run:
        run(plan)
