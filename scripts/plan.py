"""Say what scenarios will cost in time and on disk, before they run."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.plan import plan

        run(plan)
