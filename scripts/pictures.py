"""Draw the pictures of one scenario's report."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.pictures import pictures

        run(pictures)
