"""Predict the test images with one model."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.evaluate import evaluate

        run(evaluate)
