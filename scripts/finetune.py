"""Train a model further: the recovery after a cut, and the dense control."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.finetune import finetune

        run(finetune)
