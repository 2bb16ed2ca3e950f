from budama.workflow.jobs import PlannedJob
from budama.workflow.why.explanation import NOTHING, explanation


def job(message: str, *causes: str) -> PlannedJob:
    return PlannedJob(rule="", message=message, wildcards={}, causes=causes)


def test_root_causes_come_first_and_what_follows_is_counted() -> None:
    jobs = [
        job("train", "x.py has changed", "epochs changed from 1 to 2"),
        *(job(f"test {i}") for i in range(8)),
        job("draw", "y.py has changed"),
    ]
    lines = list(explanation(jobs))
    assert lines[:5] == [
        "10 jobs would run:",
        "- 1 job because x.py has changed; and epochs changed from 1 to 2",
        "    train",
        "- 1 job because y.py has changed",
        "    draw",
    ]
    assert lines[5] == "- 8 more follow from them"
    assert lines[-2:] == ["    test 5", "    … and 2 like them"]


def test_nothing_to_do_is_said() -> None:
    assert list(explanation([])) == [NOTHING]
