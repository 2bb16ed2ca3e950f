from budama.workflow.jobs import PlannedJob
from budama.workflow.plan.stages import StageJobs, stages_of


def job(rule: str, *, runs: bool = True, alone: bool = False) -> PlannedJob:
    return PlannedJob(rule=rule, message="", wildcards={}, runs=runs, alone=alone)


def test_jobs_are_counted_and_those_that_would_not_run_are_not_left() -> None:
    jobs = [job("audit", runs=False, alone=True), job("prune"), job("prune", runs=False)]
    assert stages_of(jobs, lambda job: len(job.rule)) == [
        StageJobs("audit", jobs=(5,), left=(), alone=True),
        StageJobs("prune", jobs=(5, 5), left=(5,)),
    ]
