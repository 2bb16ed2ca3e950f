"""Choose the answer of one scenario, and copy its model beside its report."""

from budama.system.job.frame import job

if __name__ == "__main__":
    with job(__doc__) as run:
        from budama.stages.answer import answer

        run(answer)
