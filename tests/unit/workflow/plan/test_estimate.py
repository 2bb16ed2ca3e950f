from pathlib import Path

import pytest

from budama.config.schema import Config
from budama.workflow.configuration import load_config
from budama.workflow.plan import estimate
from budama.workflow.plan.estimate import _jobs_at_once, _rates
from budama.workflow.plan.images import Images
from budama.workflow.plan.models import Cost

IMAGES = Images(
    train=100, validation=30, calibration=60, selection=20, test=90, classes=2, origin=""
)


def test_a_log_counts_the_parts_of_batches(config: Config, tmp_path: Path) -> None:
    """A batch of 20 in four parts is logged as four batches of five images."""
    file = tmp_path / "config/config.yaml"
    file.write_text(file.read_text().replace("batch_size: 20,", "batch_size: 20, accumulate: 4,"))
    log = "… INFO epoch 1/10: done, 8 batches in 10.0 s\n"
    cell = "finetune/magnitude-layer-none-channels-0.5-refit-recover-seed0.log"
    for name in ("dense.log", cell):
        path = tmp_path / "results/logs/big" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(log)
    of_cells, of_dense = _rates(load_config(tmp_path), "one", IMAGES, Cost(1000, 8), tmp_path)
    assert of_dense.training == 8 * 5 * 1000 / 10
    assert of_cells.training == pytest.approx(of_dense.training / 4)  # half the channels, twice


@pytest.mark.parametrize(("gpus", "jobs"), [(None, 4), (1, 1), (2, 2), (8, 4)])
def test_as_many_jobs_run_as_snakemake_may_use_gpus(
    gpus: int | None, jobs: int, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimate, "_device", lambda _config: "cuda")
    monkeypatch.setattr("torch.cuda.device_count", lambda: 4)
    assert _jobs_at_once(config, gpus) == jobs
