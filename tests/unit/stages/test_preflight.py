import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from budama.data.layout import MANIFEST
from budama.stages import preflight as stage
from budama.stages.preflight import preflight
from budama.system.errors import BudamaError

NETWORK = {"model": "timm/test_efficientnet", "image_size": 32}
FOUND = {
    "groups": 3,
    "macs_left_pct": 50.0,
    "whole": [{"layer": "head", "macs_pct": 1.5}],
    "not_cut": {"head": "its outputs are the classes"},
    "not_followed": ["sort"],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / MANIFEST).write_text(json.dumps({"classes": ["a", "b", "c"]}))
    return tmp_path


def test_the_task_is_tried_with_its_classes_and_what_came_of_it_is_written(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def tried(given: Any, _: Callable[[str], object]) -> Any:
        asked.append(given)
        return FOUND

    monkeypatch.setattr(stage, "try_task", tried)
    preflight(network=NETWORK, data=data, output=data / "preflight.json")
    assert asked == [NETWORK | {"classes": ["a", "b", "c"]}]
    assert json.loads((data / "preflight.json").read_text()) == FOUND


def test_what_cannot_be_leaves_no_file(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> Any:
        raise BudamaError("timm/x at 32 pixels: cutting a copy failed")

    monkeypatch.setattr(stage, "try_task", refused)
    with pytest.raises(BudamaError, match="cutting a copy failed"):
        preflight(network=NETWORK, data=data, output=data / "preflight.json")
    assert not (data / "preflight.json").exists()
