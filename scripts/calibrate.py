"""Score the channels of a dense model with one criterion."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.calibrate import calibrate

        run(calibrate)
