"""Try everything that a task asks of its network, before anything is trained."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.preflight import preflight

        run(preflight)
