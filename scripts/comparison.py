"""Write the page that compares every scenario that has results."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.comparison import comparison

        run(comparison)
