"""Put the figures of a scenario's models into one table."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.summarise import summarise

        run(summarise)
