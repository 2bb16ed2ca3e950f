"""A process that is watched ends with an answer, a mistake or its bounds."""

import time
from typing import Any

import pytest

from budama.system.errors import BudamaError
from budama.system.job import bounded
from budama.system.job.bounded import GIB, Bounds, OutOfBoundsError, in_bounds
from tests.unit.system.job import works

WIDE = Bounds(seconds=30, memory=8 * GIB)


def ask(what: str, bounds: Bounds = WIDE, **more: Any) -> Any:
    return in_bounds(works.__name__, {"what": what, **more}, bounds)


def test_the_answer_comes_back_and_each_step_is_heard() -> None:
    steps: list[str] = []
    given = {"what": "answers", "number": 21}
    assert in_bounds(works.__name__, given, WIDE, steps.append) == {"twice": 42}
    assert steps == ["beginning", "ending"]


def test_its_mistake_is_ours() -> None:
    with pytest.raises(BudamaError, match=r"^this cannot be$"):
        ask("refuses")


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("crashes", "ended its process with code 1, and the log holds what that printed"),
        ("is killed", "was killed by signal 9, most likely for want of memory"),
    ],
)
def test_a_process_that_dies_is_told_with_its_step(what: str, why: str) -> None:
    with pytest.raises(OutOfBoundsError) as error:
        ask(what)
    assert (error.value.step, error.value.why) == ("beginning", why)


def test_what_does_not_end_is_ended() -> None:
    start = time.monotonic()
    with pytest.raises(OutOfBoundsError, match=r"a loop had not ended after 1 s"):
        ask("loops", Bounds(seconds=0.7, memory=GIB))
    assert time.monotonic() - start < 20


def test_more_time_can_be_told_for() -> None:
    assert ask("loops", Bounds(seconds=0.5, memory=GIB), more=20, computes=0.6) == "done"


def test_what_only_waits_is_ended_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "IDLE", 2)
    with pytest.raises(OutOfBoundsError, match="beginning had not ended after"):
        ask("sleeps", Bounds(seconds=0.5, memory=GIB))


def test_what_takes_too_much_memory_is_ended() -> None:
    with pytest.raises(OutOfBoundsError, match=r"beginning took more than 0.5 GiB of memory"):
        ask("eats memory", Bounds(seconds=30, memory=GIB / 2))
