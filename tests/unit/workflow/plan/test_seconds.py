from pathlib import Path
from typing import Any

import pytest

from budama.config.cells import cells_of
from budama.config.schema import Config
from budama.workflow.jobs import PlannedJob
from budama.workflow.plan.images import Images
from budama.workflow.plan.models import Cost
from budama.workflow.plan.rates import Rates
from budama.workflow.plan.seconds import Basis, JobSeconds

# one second of training for ten images of the dense model, of prediction for thirty
RATES = Rates(1000, 3000, "")
IMAGES = Images(
    train=100, validation=30, calibration=60, selection=20, test=90, classes=2, origin=""
)
DENSE = Cost(macs=100, bytes=8)


def work(config: Config, root: Path, **changes: Any) -> JobSeconds:
    given: dict[str, Any] = {"rates": RATES, "dense_rates": RATES, "start": 0.0, "start_light": 1.0}
    return JobSeconds(
        config, "one", Basis(IMAGES, DENSE, **(given | {"overlap": False} | changes)), root
    )


def job(rule: str, output: str = "results/reports/one/x", **wildcards: str) -> PlannedJob:
    return PlannedJob(rule=rule, message="", wildcards=wildcards, outputs=(output,))


def test_the_seconds_follow_from_passes_over_the_images(config: Config, tmp_path: Path) -> None:
    found = work(config, tmp_path)
    # ten epochs of 10 s, eleven validations of 1 s
    assert found.seconds(job("dense")) == 111
    # nothing, a pass of prediction, a pass of training
    passes = [
        found.seconds(job("calibrate", method=name)) for name in ("magnitude", "wanda", "taylor")
    ]
    assert passes == [0, 2, 6]
    # torch and one ONNX file
    dense = "results/tasks/big/dense/predictions.parquet"
    assert found.seconds(job("evaluate", dense)) == pytest.approx(6)


def test_a_cell_costs_what_its_cut_leaves_and_its_teacher(config: Config, tmp_path: Path) -> None:
    found = work(config, tmp_path)
    taught = 2 * 100 / 30
    plain = {"none": 23, "channels-0.5": 23 / 4, "macs-0.1": 2.3}
    for cell in cells_of(config.scenarios["one"]):
        seconds = found.seconds(job("finetune", f"{cell.folder}/x", recipe=cell.recipe))
        teacher = taught if cell.recipe == "taught" else 0
        assert seconds == pytest.approx(plain[cell.budget] + teacher)


def test_what_is_not_trained_takes_as_long_as_a_start_without_torch(
    config: Config, tmp_path: Path
) -> None:
    found = work(config, tmp_path, start=9.0)
    assert found.seconds(job("finetune", recipe="none")) == 1


def test_two_models_are_timed_in_processes_of_their_own(config: Config, tmp_path: Path) -> None:
    """Seven processes: two models, two batch sizes, as long again to warm up, and the start."""
    for rule in ("selftest", "latency"):
        assert work(config, tmp_path).seconds(job(rule)) == 1 + 7 * (2 * 2 * 2 + 1)


def test_loading_comes_on_top_unless_workers_do_it(config: Config, tmp_path: Path) -> None:
    slow = Rates(1000, 3000, "", loading=5)
    for overlap, seconds in ((False, 10 * (10 + 20) + 11 * (1 + 6)), (True, 10 * 20 + 11 * 6)):
        found = work(config, tmp_path, rates=slow, dense_rates=slow, overlap=overlap)
        assert found.seconds(job("dense")) == pytest.approx(seconds)


def test_a_stage_that_nobody_has_timed_takes_as_long_as_it_starts(
    config: Config, tmp_path: Path
) -> None:
    found = work(config, tmp_path, start=9.0)
    assert found.seconds(job("a-new-one")) == 1
    assert found.seconds(job("convert")) == 9


def test_a_repair_is_passes_over_the_calibration_images_and_auto_makes_several(
    config: Config, tmp_path: Path
) -> None:
    """Half of the channels left: a quarter of the second in which thirty images are predicted."""
    found = work(config, tmp_path)
    (cell,) = (
        c
        for c in cells_of(config.scenarios["one"])
        if c.label.startswith("wanda") and c.budget == "channels-0.5" and c.recipe == "taught"
    )

    def seconds(repair: str, normaliser: str, budget: str = "channels-0.5") -> float:
        output = f"{cell.pruned}/model.safetensors"
        return found.seconds(
            job("prune", output, repair=repair, normaliser=normaliser, budget=budget)
        )

    # three accuracies on thirty images, norms on sixty
    assert seconds("none", "none") == seconds("norms", "raw") == pytest.approx((3 + 2) / 4)
    refit = 2 * (2 + 2 / 4)
    assert seconds("refit", "none") == pytest.approx((3 + 2) / 4 + refit)
    rise = 3 * 2  # a step on each calibration image
    auto = 3 / 4 + 4 * (2 / 4 + refit + 20 / 30 / 4) + rise
    assert seconds("refit", "auto") == pytest.approx(auto)
    assert seconds("none", "loss") == seconds("none", "raw") + rise
    # candidates: four in three processes of 0.3 s a block, and half as many again as the stage does
    in_time = 4 * 3 * (2 * 2 * 0.3 + 1) + 1.5 * 7 * (2 * 2 + 1)
    assert seconds("none", "raw", "latency-0.5") == pytest.approx(seconds("none", "raw") + in_time)


def test_a_table_of_costs_takes_minutes_and_longer_for_a_slow_model(
    config: Config, tmp_path: Path
) -> None:
    whole = 6 * 3 * (2 * 2 * 0.3 + 1)
    table = job("costs", "results/tasks/big/costs/cuda-cpu-batch1-threads1.json")
    # runs of 100 MACs: a hundred at a million a second, 0.3 s of them, eight at a thousand a second
    for rate, runs in ((1e6, 0.01), (1e4, 0.3), (1000, 0.8)):
        found = work(config, tmp_path, start=9.0, rates=Rates(rate, rate, ""))
        assert found.seconds(table) == pytest.approx(9 + 120 * 2 * (0.15 + runs) + whole)
