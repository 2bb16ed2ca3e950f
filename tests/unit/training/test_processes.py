"""Two processes train one model as one process would."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import torch

from budama.config.data import Preprocessing
from budama.config.recipe import Recipe
from budama.models.store import read_tensors

ROOT = Path(__file__).parents[3]
# The order of sums differs, and nothing else: this network has no batch norm.
TOLERANCE = 1e-4


def dense(folder: Path, data: Path, launcher: list[str]) -> None:
    settings = {
        "model": "timm/test_convnext",
        "weights": "random",
        "weights_sha256": None,
        "image_size": 32,
        "preprocessing": Preprocessing().model_dump(),
        "recipe": Recipe(epochs=2, batch_size=16, learning_rate=0.001).model_dump(),
        "seed": 0,
    }
    options = {
        "output": folder / "model.safetensors",
        "curve": folder / "curve.csv",
        "data": data,
        "log": folder / "log",
        "device": "cpu",
        "settings": json.dumps(settings),
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    subprocess.run([*launcher, str(ROOT / "scripts/dense.py"), *arguments], check=True, timeout=300)


def test_two_processes_end_where_one_does(tmp_path: Path, data_folder: Path) -> None:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node"]
    dense(tmp_path / "one", data_folder, [sys.executable])
    dense(tmp_path / "two", data_folder, [*torchrun, "2", "--"])
    one, two = (read_tensors(tmp_path / name / "model.safetensors") for name in ("one", "two"))
    moved = max(float((one[name] - two[name]).abs().max()) for name in one)
    assert 0 < moved < TOLERANCE
    curves = [pd.read_csv(tmp_path / name / "curve.csv") for name in ("one", "two")]
    pd.testing.assert_frame_equal(curves[0], curves[1], rtol=1e-3)
    description = json.loads((tmp_path / "two/model.json").read_text())
    assert description["provenance"]["processes"] == 2
    assert (tmp_path / "two/log.process1.log").exists()
    assert torch.isfinite(one["head.fc.weight"]).all()
