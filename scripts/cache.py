"""Decode and reduce every image of a dataset once, into one file."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.cache import cache

        run(cache)
