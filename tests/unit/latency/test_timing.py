import time
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from budama.latency import timing
from budama.latency.inputs import example
from budama.latency.timing import alternate, bind, timer, warm_up
from tests.unit.latency.models import classifier


class SlowDevice:
    """A session like that of a GPU: ``run`` hands the work over and returns at once."""

    WORK = 0.02

    def __init__(self) -> None:
        self.done_at = 0.0
        self.output = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros(1, np.float32))

    def io_binding(self) -> "SlowDevice":
        return self

    def get_outputs(self) -> list[Any]:
        if self.done_at:  # as a binding: the values
            return [self.output]
        return [type("Output", (), {"name": "logits"})]

    def bind_ortvalue_input(self, *_: Any) -> None: ...
    def bind_output(self, *_: Any) -> None: ...
    def bind_ortvalue_output(self, *_: Any) -> None: ...

    def run_with_iobinding(self, _: Any) -> None:
        self.done_at = time.perf_counter() + self.WORK

    def synchronize_outputs(self) -> None:
        time.sleep(max(0.0, self.done_at - time.perf_counter()))


def test_the_clock_waits_for_the_device() -> None:
    run = timer(SlowDevice(), {"images": np.zeros(1, np.float32)}, "cpu")
    assert run() >= SlowDevice.WORK


def test_blocks_take_turns_and_begin_with_either() -> None:
    calls = ""

    def named(name: str, seconds: float) -> timing.Timer:
        def run() -> float:
            nonlocal calls
            calls += name
            return seconds

        return run

    first, second = alternate(named("a", 1.0), named("b", 2.0), runs=5, seconds=0)
    # four runs to find the blocks' length, then blocks of which the first quarter is not counted
    assert calls == "aaaabbbb" + "aaaabbbb" + "bbbbaaaa"
    assert first == [[1.0] * 3] * 2
    assert second == [[2.0] * 3] * 2


def test_both_models_get_the_wanted_runs_and_seconds() -> None:
    first, second = alternate(lambda: 0.5, lambda: 0.01, runs=10, seconds=3)
    assert sum(map(sum, second)) >= 3
    assert min(sum(map(len, blocks)) for blocks in (first, second)) >= 10


def test_warm_up_goes_on_until_times_are_steady() -> None:
    times = iter([0.03] * 11 + [0.02] * 10 + [0.01] * 100)
    assert warm_up(lambda: next(times), at_least=1) == (41, True)
    assert warm_up(lambda: 1.0, at_least=1) == (7, True)  # a slow model: windows of three
    falling = iter(1 / n for n in range(1, 10_000))
    assert warm_up(lambda: next(falling) ** 8, at_least=1)[1] is False


def test_what_is_bound_does_not_change_with_the_array_that_it_came_from(tmp_path: Path) -> None:
    """The array may be gone when the clock starts: its memory is anybody's then."""
    model = classifier(tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    inputs = example(session, 1)
    expected = session.run(None, inputs)[0]
    binding = bind(session, inputs, "cpu")
    inputs["images"][:] = np.nan
    session.run_with_iobinding(binding)
    assert np.array_equal(binding.copy_outputs_to_cpu()[0], expected)
