from pathlib import Path

import pytest

from budama.config.schema import Config
from budama.workflow.plan.disk import disk_of
from budama.workflow.plan.images import Images
from budama.workflow.plan.models import Cost
from budama.workflow.plan.rates import Rates
from budama.workflow.plan.stages import Basis, Stage, stages_of

# one second of training for ten images of the dense model, of prediction for thirty
RATES = Rates(1000, 3000, "")
IMAGES = Images(train=100, validation=30, calibration=60, test=90, classes=2, origin="")
DENSE = Cost(macs=100, bytes=8)


def stages(config: Config, root: Path, **changes: object) -> dict[str, Stage]:
    given = {"rates": RATES, "dense_rates": RATES, "start": 0.0, "start_light": 1.0}
    basis = Basis(IMAGES, DENSE, **(given | {"overlap": False} | changes))  # type: ignore[arg-type]
    return {stage.name: stage for stage in stages_of(config, "one", basis, root)}


def test_jobs_are_counted_and_those_that_are_made_are_not_left(
    config: Config, tmp_path: Path
) -> None:
    made = tmp_path / "results/tasks/big/pruned/wanda/layer/macs-0.1/seed0/model.json"
    made.parent.mkdir(parents=True)
    made.touch()
    found = stages(config, tmp_path)
    assert {name: len(stage.jobs) for name, stage in found.items()} == {
        **{"prepare": 1, "dense": 1, "calibrate": 3, "prune": 6, "finetune": 14},
        **{"export": 15, "evaluate": 15, "latency": 15, "card": 14, "report": 3},
    }
    assert len(found["prune"].left) == 5
    assert made not in [job.file for job in found["prune"].left]


def test_the_seconds_follow_from_passes_over_the_images(config: Config, tmp_path: Path) -> None:
    found = stages(config, tmp_path)
    # ten epochs of 10 s, eleven validations of 1 s
    assert [job.seconds for job in found["dense"].jobs] == [111]
    # nothing, a pass of prediction, a pass of training
    assert [job.seconds for job in found["calibrate"].jobs] == [0, 2, 6]
    # the dense control, half of the channels, a tenth of the MACs; then with a teacher
    taught, plain = 2 * 100 / 30, [23, 23 / 4, 2.3]
    seconds = sorted(job.seconds for job in found["finetune"].jobs)
    wanted = [plain[0], *3 * plain[1:]]
    assert seconds == pytest.approx(sorted([*wanted, *(value + taught for value in wanted)]))
    # torch and one ONNX file
    assert found["evaluate"].jobs[0].seconds == pytest.approx(6)
    # seven processes: two models, two batch sizes, as long again to warm up, and the start
    assert found["latency"].jobs[0].seconds == 7 * (2 * 2 * 2 + 1)


def test_loading_comes_on_top_unless_workers_do_it(config: Config, tmp_path: Path) -> None:
    slow = Rates(1000, 3000, "", loading=5)
    for overlap, seconds in ((False, 10 * (10 + 20) + 11 * (1 + 6)), (True, 10 * 20 + 11 * 6)):
        found = stages(config, tmp_path, rates=slow, dense_rates=slow, overlap=overlap)
        assert found["dense"].jobs[0].seconds == pytest.approx(seconds)


def test_disk_holds_each_cut_once_and_each_model_twice(config: Config, tmp_path: Path) -> None:
    big = Cost(macs=1, bytes=2**40)
    disk = disk_of(config, "one", IMAGES, big, 2, tmp_path)
    cut = 3 * (0.25 + 0.1)  # three methods, two budgets
    models = 2 * (1 + 2 * (1 + cut))  # safetensors and ONNX; two recipes
    assert disk.stays == pytest.approx((models + cut) * 2**40, rel=1e-3)
    assert disk.training == 2 * 4 * 2**40
