"""Kill -9 at any moment, run again: the same weights, bit by bit."""

import json
import os
import random
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from budama.config.recipe import Distillation, Mix, Recipe
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.models.store import read_tensors, save_model
from budama.stages.finetune import finetune
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from budama.training import engine
from budama.training.resuming import Resuming
from budama.training.sidecar import NAME, SET_ASIDE, Sidecar
from tests.unit.training.children import CONTEXT, child

MOMENTS = 20
SPEC = Input(size=28, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)
# all that has a state: the optimizer's moments, the weights' average, random mixing
RECIPE = Recipe(
    epochs=3,
    batch_size=16,
    accumulate=2,
    learning_rate=0.01,
    ema=0.9,
    mix=Mix(mixup=0.2),
    clip_norm=1,
    distillation=Distillation(),
)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("start") / "model.safetensors"
    save_model(
        path,
        build("timm/test_resnet", 10),
        architecture="timm/test_resnet",
        classes=[str(i) for i in range(10)],
        spec=SPEC,
        kept={},
        provenance={},
    )
    return path


def job(folder: Path, start: Path, data: Path, **changes: Any) -> None:
    settings = {
        "recipe": RECIPE,
        "seed": 3,
        "start": start,
        "teacher": start,
        "data": data,
        "output": folder / "model.safetensors",
        "curve": folder / "curve.csv",
        "execution": Execution("cpu"),
        "resuming": Resuming(every_s=0),
    }
    finetune(**settings | changes)  # type: ignore[arg-type]


def counted_job(folder: Path, start: Path, data: Path, steps: Path) -> None:
    """As ``job``, with one byte in ``steps`` for each step that was made."""
    make = engine._Training._step

    def step(training: Any, batches: Any) -> torch.Tensor:
        loss = make(training, batches)
        with steps.open("ab") as file:
            file.write(b".")
        return loss

    engine._Training._step = step  # type: ignore[assignment]
    job(folder, start, data)


def saved_steps(folder: Path, per_epoch: int) -> int:
    if not (folder / NAME).exists():
        return 0
    with safe_open(folder / NAME, "pt") as file:
        found = json.loads(file.metadata()["progress"])
    return int(found["epoch"] - 1) * per_epoch + int(found["step"])


def test_killed_at_random_moments_it_ends_with_the_same_weights(
    tmp_path: Path, start: Path, data_folder: Path
) -> None:
    child(time.sleep, 0).join()  # the first one waits for the imports
    begin = time.monotonic()
    child(counted_job, tmp_path / "undisturbed", start, data_folder, tmp_path / "all").join()
    duration = time.monotonic() - begin
    expected = read_tensors(tmp_path / "undisturbed/model.safetensors")
    curve = (tmp_path / "undisturbed/curve.csv").read_text()
    total = (tmp_path / "all").stat().st_size
    moments = random.Random(0)
    for moment in range(MOMENTS):
        folder, steps = tmp_path / str(moment), tmp_path / f"{moment}.steps"
        steps.touch()
        victim = child(counted_job, folder, start, data_folder, steps)
        time.sleep(moments.random() * duration)
        victim.kill()
        victim.join()
        lost = steps.stat().st_size - saved_steps(folder, total // RECIPE.epochs)
        assert lost <= 1 or (folder / "model.safetensors").exists()
        job(folder, start, data_folder)
        found = read_tensors(folder / "model.safetensors")
        assert all(torch.equal(found[name], expected[name]) for name in expected)
        assert (folder / "curve.csv").read_text() == curve
        assert not (folder / NAME).exists()


@pytest.mark.parametrize("optimizer", ["adamw", "sgd", "rmsprop", "lamb"])
def test_sigterm_saves_and_says_so(
    tmp_path: Path,
    start: Path,
    data_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    optimizer: str,
) -> None:
    settings: dict[str, Any] = {
        "recipe": RECIPE.model_copy(update={"optimizer": optimizer}),
        "resuming": Resuming(every_s=3600),
    }
    job(tmp_path / "undisturbed", start, data_folder, **settings)
    make = engine._Training._step
    calls = 0

    def step(training: Any, batches: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return make(training, batches)

    monkeypatch.setattr(engine._Training, "_step", step)
    with pytest.raises(BudamaError, match="stopped by SIGTERM after step 3 of epoch 1; run again"):
        job(tmp_path, start, data_folder, **settings)
    job(tmp_path, start, data_folder, **settings)
    once, twice = (
        read_tensors(f / "model.safetensors") for f in (tmp_path / "undisturbed", tmp_path)
    )
    assert all(torch.equal(once[name], twice[name]) for name in once)
    assert calls == 3 + 15 - 3


def test_a_sigterm_while_a_step_is_checked_stops_after_the_next_one(
    tmp_path: Path, start: Path, data_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a GPU is waited for: most of a step's time."""
    check = engine._check_finite
    calls = 0

    def checked(loss: float) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        check(loss)

    monkeypatch.setattr(engine, "_check_finite", checked)
    with pytest.raises(BudamaError, match="stopped by SIGTERM after step 4 of epoch 1"):
        job(tmp_path, start, data_folder, resuming=Resuming(every_s=3600))
    assert saved_steps(tmp_path, per_epoch=5) == 4


def stopped_in_its_third_step(
    folder: Path, start: Path, data: Path, reached: Event, sent: Event
) -> None:
    os.setpgrp()
    make = engine._Training._step
    calls = 0

    def step(training: Any, batches: Any) -> torch.Tensor:
        nonlocal calls
        calls += 1
        if calls == 3:  # each of the two loaders has brought a batch
            reached.set()
            sent.wait()
            time.sleep(0.5)  # in which one would die
        return make(training, batches)

    engine._Training._step = step  # type: ignore[assignment]
    execution, resuming = Execution("cpu", workers=2), Resuming(every_s=3600)
    with pytest.raises(BudamaError, match="stopped by SIGTERM after step 3 of epoch 1"):
        job(folder, start, data, execution=execution, resuming=resuming)


def test_a_sigterm_to_all_processes_of_a_job_leaves_its_loaders_to_the_last_step(
    tmp_path: Path, start: Path, data_folder: Path
) -> None:
    """As SLURM sends it."""
    reached, sent = CONTEXT.Event(), CONTEXT.Event()
    victim = child(stopped_in_its_third_step, tmp_path, start, data_folder, reached, sent)
    assert reached.wait(120)
    os.killpg(victim.pid or 0, signal.SIGTERM)
    sent.set()
    victim.join(120)
    assert victim.exitcode == 0
    assert saved_steps(tmp_path, per_epoch=5) == 3


def test_a_save_is_never_due_where_another_process_makes_it(tmp_path: Path) -> None:
    """A GPU would be waited for at every step."""
    assert Sidecar(tmp_path / NAME, {}, every_s=0).due
    assert not Sidecar(tmp_path / NAME, {}, every_s=0, owned=False).due


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda file: file.write_bytes(file.read_bytes()[:5000]), "it cannot be read"),
        (lambda file: file.write_bytes(b"\x80\x04pickle"), "it cannot be read"),
        (lambda file: None, "it was made with other recipe and seed"),
    ],
    ids=["truncated", "pickle", "foreign"],
)
def test_a_state_that_does_not_fit_is_set_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, spoil: Any, reason: str
) -> None:
    sidecar = Sidecar(tmp_path / NAME, {"recipe": "a", "seed": "1", "code": "c"})
    sidecar.save({"x": torch.zeros(10_000)}, {"epoch": 1})
    spoil(tmp_path / NAME)
    assert Sidecar(tmp_path / NAME, {"recipe": "b", "seed": "2", "code": "c"}).load() is None
    assert reason in caplog.text
    assert not (tmp_path / NAME).exists()
    assert (tmp_path / SET_ASIDE).exists()
