"""Cut a dense model by the scores of one criterion."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.prune import prune

        run(prune)
