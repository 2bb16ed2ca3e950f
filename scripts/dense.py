"""Fine-tune the dense model of a task."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.dense import dense

        run(dense)
