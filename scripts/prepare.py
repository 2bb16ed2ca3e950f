"""Split a task's images into train, validation, calibration and test."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.prepare import prepare

        run(prepare)
