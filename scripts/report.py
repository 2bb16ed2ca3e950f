"""Write the report of one scenario."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.report import report

        run(report)
