"""Open and decode every image of a dataset, once."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.audit import audit

        run(audit)
