from pathlib import Path

import pytest
import torch

from budama.config.plan import Plan
from budama.system.job.device import Execution
from budama.workflow.plan import rates
from budama.workflow.plan.printing import duration
from budama.workflow.plan.rates import Log, logged, measure, told
from tests.inputs import TinyNet


def test_finished_epochs_that_took_long_enough_give_the_rate(tmp_path: Path) -> None:
    log = tmp_path / "dense.log"
    log.write_text(
        "… INFO epoch 1/3: done, 10 batches in 4.0 s\n… INFO validation: done, 9 batches in 1.0 s\n"
        "… INFO epoch 2/3: done, 10 batches in 6.0 s\n… INFO epoch 3/3: 5/10, 2.0 batches/s\n"
    )
    quick = tmp_path / "quick.log"
    quick.write_text("… INFO epoch 1/1: done, 10 batches in 0.1 s\n")
    found = logged([Log(log, 32, 5.0), Log(quick, 32, 5.0), Log(tmp_path / "none.log", 1, 1.0)])
    assert found is not None
    assert found.training == 2 * 10 * 32 * 5 / 10
    assert found.origin == "2 finished epochs, loading included"
    assert logged([Log(quick, 32, 5.0)]) is None


def test_told_operations_are_two_a_mac_and_three_passes_a_step() -> None:
    found = told(Plan(tflops=6, images_per_second=100))
    assert found is not None
    assert (found.training, found.prediction, found.loading) == (1e12, 3e12, 100)
    assert told(Plan()) is None


def test_a_network_is_timed_without_changing_it(
    tiny_net: TinyNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "_SECONDS", 0.05)
    before = {name: value.clone() for name, value in tiny_net.named_parameters()}
    found = measure(tiny_net, 1000, 8, 16, Execution("cpu", 1), "bfloat16")
    assert found.prediction > 0
    assert found.training > 0
    assert "CPU, threads: 1" in found.origin
    assert all((value == before[name]).all() for name, value in tiny_net.named_parameters())


def test_the_largest_batch_that_fits_gives_the_rate(
    tiny_net: TinyNet, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []

    def limited(images: torch.Tensor) -> torch.Tensor:
        sizes.append(len(images))
        if len(images) > 8:
            raise torch.OutOfMemoryError
        return forward(images)

    forward = tiny_net.forward
    monkeypatch.setattr(tiny_net, "forward", limited)
    assert measure(tiny_net, 1000, 8, 64, Execution("cpu", 1), "auto").training > 0
    assert sizes == 2 * [2, 2, 4, 8, 16]


@pytest.mark.parametrize(
    ("seconds", "text"), [(4, "4 s"), (95, "2 min"), (7300, "2.0 h"), (200_000, "2.3 d")]
)
def test_a_time_is_as_exact_as_it_is(seconds: float, text: str) -> None:
    assert duration(seconds) == text
