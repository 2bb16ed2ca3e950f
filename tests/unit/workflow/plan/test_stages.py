from budama.workflow.jobs import Job
from budama.workflow.plan.stages import Stage, stages_of


def job(rule: str, *, runs: bool = True, alone: bool = False) -> Job:
    return Job(rule=rule, message="", wildcards={}, runs=runs, alone=alone)


def test_jobs_are_counted_and_those_that_would_not_run_are_not_left() -> None:
    jobs = [job("audit", runs=False, alone=True), job("prune"), job("prune", runs=False)]
    assert stages_of(jobs, lambda job: len(job.rule)) == [
        Stage("audit", jobs=(5,), left=(), alone=True),
        Stage("prune", jobs=(5, 5), left=(5,)),
    ]
