"""Two processes train one model as one process would."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
import torch.distributed as dist

from budama.config.data import Preprocessing
from budama.config.recipe import Recipe
from budama.data.prepared import PreparedData
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.models.store import read_tensors
from budama.system.errors import BudamaError
from budama.training import engine
from budama.training.processes import Processes
from budama.training.sidecar import NAME, Sidecar
from tests.unit.training.children import child

ROOT = Path(__file__).parents[3]
# The order of sums differs, and nothing else: this network has no batch norm.
TOLERANCE = 1e-4


def dense(folder: Path, data: Path, launcher: list[str]) -> None:
    settings = {
        "model": "timm/test_convnext",
        "options": {},
        "weights": "random",
        "weights_sha256": None,
        "order": None,
        "order_sha256": None,
        "batch_size": None,
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


def told_to_stop(rank: int, folder: Path, data: Path) -> None:
    """One of two processes; the second gets a SIGTERM in its third step."""
    make = engine._Training._step
    calls = 0

    def step(training: Any, batches: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if rank == 1 and calls == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return make(training, batches)

    engine._Training._step = step  # type: ignore[assignment]
    meeting = f"file://{folder}/meeting"
    dist.init_process_group("gloo", init_method=meeting, rank=rank, world_size=2)
    job = engine.TrainingJob(
        PreparedData.open(data),
        Input(size=28, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0),
        Recipe(epochs=2, batch_size=16, learning_rate=0.01),
        seed=0,
        device=torch.device("cpu"),
        processes=Processes(rank, 2),
        sidecar=Sidecar(folder / NAME, {}, 3600, owned=rank == 0),
    )
    with pytest.raises(BudamaError, match="stopped by SIGTERM after step 3 of epoch 1"):
        engine.train(build("timm/test_resnet", 10), job)
    assert (folder / NAME).exists()  # whichever ends first: torchrun would end the other
    dist.destroy_process_group()


def test_all_stop_and_save_after_the_step_in_which_one_is_told_to(
    tmp_path: Path, data_folder: Path
) -> None:
    processes = [child(told_to_stop, rank, tmp_path, data_folder) for rank in range(2)]
    for started in processes:
        started.join(120)
    assert [started.exitcode for started in processes] == [0, 0]
    saved = Sidecar(tmp_path / NAME, {}).load()
    assert saved is not None
    assert saved[1]["step"] == 3
