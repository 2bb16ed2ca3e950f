"""Say what this machine has, and what of the configuration cannot run on it."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.doctor import doctor

        run(doctor)
