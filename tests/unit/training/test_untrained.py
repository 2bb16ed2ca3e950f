import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.models.store import read_description, save_model
from budama.stages.finetune import finetune
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from budama.training.resuming import Resuming

SPEC = Input(size=28, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    """A pruned model, as the stage ``prune`` leaves it."""
    torch.manual_seed(0)
    path = tmp_path / "pruned/model.safetensors"
    save_model(
        path,
        build("timm/test_resnet", 10),
        architecture="timm/test_resnet",
        classes=[str(i) for i in range(10)],
        spec=SPEC,
        kept={"conv1": [0, 1]},
        provenance={"stage": "prune", "scope": "layer", "validation": {"repaired_pct": 87.5}},
    )
    return path


def cell(folder: Path, start: Path) -> tuple[Path, Path]:
    files = (folder / "cell/model.safetensors", folder / "cell/curve.csv")
    settings: dict[str, Any] = {"recipe": None, "seed": 0, "start": start, "teacher": None}
    finetune(
        **settings,
        data=folder / "no-data",
        output=files[0],
        curve=files[1],
        execution=Execution("cpu"),
        resuming=Resuming(),
    )
    return files


def test_the_pruned_model_is_handed_on_as_it_is(tmp_path: Path, start: Path) -> None:
    output, _ = cell(tmp_path, start)
    assert output.read_bytes() == start.read_bytes()
    before, after = read_description(start), read_description(output)
    assert after.model_copy(update={"provenance": before.provenance}) == before
    assert after.provenance == before.provenance | {
        "stage": "finetune",
        "start_sha256": before.sha256,
        "recipe": None,
        "kept_epoch": 0,
    }


def test_its_curve_is_where_a_training_would_start(tmp_path: Path, start: Path) -> None:
    _, curve = cell(tmp_path, start)
    (row,) = pd.read_csv(curve).to_dict("records")
    assert (row["epoch"], row["validation_accuracy_pct"], row["learning_rate"]) == (0, 87.5, 0)
    assert pd.isna(row["training_loss"]) and pd.isna(row["validation_loss"])


def test_a_pruned_model_that_tells_no_accuracy_is_refused(tmp_path: Path, start: Path) -> None:
    file = start.with_suffix(".json")
    file.write_text(file.read_text().replace("repaired_pct", "unknown"))
    with pytest.raises(BudamaError, match=r"model.json lacks provenance.validation.repaired_pct"):
        cell(tmp_path, start)


def test_tensors_that_belong_to_another_description_are_refused(
    tmp_path: Path, start: Path
) -> None:
    file = start.with_suffix(".json")
    file.write_text(json.dumps(json.loads(file.read_text()) | {"sha256": "0" * 64}))
    with pytest.raises(BudamaError, match=r"belongs to another model.json; delete both"):
        cell(tmp_path, start)
    assert not (tmp_path / "cell").exists()


def test_the_stage_starts_without_torch() -> None:
    code = "import budama.stages.finetune, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
