"""Write the model card and the provenance of one fine-tuned model."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.card import card

        run(card)
