from pathlib import Path
from typing import Any

import pytest

from budama.workflow.doctor import compute_settings
from budama.workflow.doctor.compute_settings import compute_findings, images_in_flight, jobs_at_once
from budama.workflow.doctor.findings import Able, Status
from tests.unit.workflow.doctor.conftest import Configured

CPU = Able(cores=2, gpus=0, providers={})
GPUS = Able(cores=16, gpus=2, providers={})


@pytest.mark.parametrize(
    ("compute", "able", "expected"),
    [
        ({"device": "auto"}, CPU, []),
        ({"device": "auto", "processes": 2}, GPUS, []),
        ({"device": "cuda"}, CPU, ["cannot: compute.device is cuda, and torch computes on no GPU"]),
        ({"processes": 3}, GPUS, ["cannot: compute.processes is 3, and torch computes on 2 GPU"]),
        ({"processes": 2}, CPU, ["note: 2 processes train one model on the same CPU"]),
        ({"threads": {"cell": 3}}, CPU, ["note: compute.threads.cell is 3, and 2 core(s) may"]),
    ],
)
def test_what_compute_asks_for_must_be_here(
    compute: dict[str, Any], able: Able, expected: list[str], configured: Configured
) -> None:
    findings = compute_findings(configured(compute=compute), able)
    told = [f"{one.status}: {one.seen}" for one in findings if one.status != Status.FINE]
    assert len(told) == len(expected)
    assert all(text.startswith(start) for text, start in zip(told, expected, strict=True))


@pytest.mark.parametrize(
    ("task", "compute", "able", "told"),
    [
        ({"dataset": "gone"}, {}, GPUS, 1),
        ({"dataset": "gone"}, {"workers": 4}, GPUS, 0),
        ({"dataset": "gone"}, {"device": "cpu"}, GPUS, 0),
        ({"dataset": "gone"}, {}, CPU, 0),
        ({"dataset": "bars"}, {}, GPUS, 0),
    ],
)
def test_a_gpu_should_not_wait_for_images_to_be_decoded(
    task: dict[str, Any], compute: dict[str, Any], able: Able, told: int, configured: Configured
) -> None:
    findings = compute_findings(configured(task=task, compute=compute), able)
    advice = [one.advice for one in findings if "decodes the images of gone" in one.seen]
    assert advice == ["set compute.workers to 7, so that the GPU need not wait"] * told


def test_tensorboard_must_be_installed(
    configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(compute={"tensorboard": True})
    for there, count in ((object(), 0), (None, 1)):
        monkeypatch.setattr(compute_settings, "find_spec", lambda _, there=there: there)
        found = [one for one in compute_findings(config, CPU) if one.status == Status.CANNOT]
        assert len(found) == count
        assert all("uv pip install tensorboard" in one.advice for one in found)


def test_a_recipe_that_compiles_needs_a_compiler(
    configured: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = {"epochs": 1, "learning_rate": 0.1, "compile": True}
    config = configured(recipes={"short": recipe}, recipe=["none", "short"])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    (found,) = (one for one in compute_findings(config, CPU) if one.area == "recipes")
    assert found.status == Status.CANNOT
    assert found.seen == "mine: short has compile: true, and there is no C++ compiler"


def test_jobs_that_share_a_gpu_take_turns(configured: Configured) -> None:
    config = configured(compute={"workers": 3, "threads": {"cell": 4}}, task={"batch_size": 10})
    assert jobs_at_once(config, GPUS) == 1
    assert jobs_at_once(config, Able(16, 0, {})) == 4
    # two batches of 10 bytes images of 3 x 32 x 32 for each of 3 workers of 4 jobs
    assert images_in_flight(config, 4) == 2 * 10 * 3 * 32 * 32 * 3 * 4
