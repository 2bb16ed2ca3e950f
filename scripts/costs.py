"""Time what the layers of a task's dense model take at which widths."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.costs import costs

        run(costs)
