"""A task's network is tried in a process of its own, whose end is told in a sentence."""

from pathlib import Path
from typing import Any

import pytest
import torch

from budama.models.architecture import build
from budama.pruning import preflight_process
from budama.pruning.preflight_process import built, try_task
from budama.pruning.preflight_words import BUILD, RUN
from budama.system.errors import BudamaError
from budama.system.job.bounded import GIB, Bounds
from budama.system.reruns.code import SCRIPTS, code_behind

TASK: dict[str, Any] = {
    **{"model": "timm/test_efficientnet", "weights": "random", "weights_sha256": None},
    **{"image_size": 32, "ignore": [], "classes": ["a", "b", "c"]},
    **{"options": {}, "order": None, "as_it_is": False, "units": ["channels"]},
}


def test_a_sentence_comes_out_of_the_process() -> None:
    """A scenario's network that comes out well is one of the workflow's tests."""
    steps: list[str] = []
    with pytest.raises(BudamaError, match=r"^timm/hrnet_w18_small at 100 pixels: running"):
        try_task(TASK | {"model": "timm/hrnet_w18_small", "image_size": 100}, steps.append)
    assert steps == [BUILD, RUN]


def test_one_that_does_not_end_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preflight_process, "BOUNDS", Bounds(seconds=0.2, memory=8 * GIB))
    said = r"^timm/test_efficientnet at 32 pixels: building it had not ended after \d+ s\. Choose"
    with pytest.raises(BudamaError, match=said):
        try_task(TASK)


def test_first_weights_that_do_not_fit_are_named(tmp_path: Path) -> None:
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes(b"no weights")
    with pytest.raises(BudamaError, match=r"^\S*mine\.safetensors"):
        built(TASK | {"weights": f"file:{weights}"})


def test_whatever_building_raises_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr("budama.models.weights.dense_model", broken)
    said = "^timm/test_efficientnet at 32 pixels: building it failed: ZeroDivisionError: division"
    with pytest.raises(BudamaError, match=said):
        built(TASK)


def test_a_change_of_what_is_tried_runs_it_again() -> None:
    found = code_behind(SCRIPTS / "preflight.py")
    for module in ("pruning/preflight.py", "pruning/graph.py", "models/onnx/export.py"):
        assert SCRIPTS / "budama" / module in found
    assert not [file for file in found if "training" in file.parts or "latency" in file.parts]


def test_a_dense_model_as_it_comes_must_have_the_datas_classes(tmp_path: Path) -> None:
    torch.save(build("timm/test_efficientnet", 5).state_dict(), tmp_path / "w.pth")
    task = TASK | {"weights": f"file:{tmp_path / 'w.pth'}", "as_it_is": True}
    with pytest.raises(BudamaError, match="classifier is not that of the data's classes"):
        built(task)
    order = tmp_path / "classes.txt"
    order.write_text("\n".join(["ship", *TASK["classes"], "bird"]))
    network = built(task | {"order": str(order)})
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 3)


def test_patterns_that_match_nothing_are_known_before_any_training() -> None:
    with pytest.raises(BudamaError, match=r"^ignore: no layer .* 'blcoks\*' \(nearest: blocks"):
        built(TASK | {"ignore": ["blcoks*"]})


def test_a_network_in_a_file_is_tried_with_its_options(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("from torch import nn\ndef net(classes, width): 1 / 0\n")
    task = TASK | {"model": f"file:{tmp_path / 'net.py'}:net", "options": {"width": 3}}
    with pytest.raises(BudamaError, match=r"net\(3, width=3\) raised ZeroDivisionError"):
        built(task)
    with pytest.raises(BudamaError, match="net has no option 'wdith': did you mean 'width'"):
        built(task | {"options": {"wdith": 3}})
