"""Put the seeds of a scenario's results together, and test every comparison."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.analyse import analyse

        run(analyse)
