from pathlib import Path
from typing import Any

import pytest

from budama.analysis.explained import read_explained
from budama.system.errors import BudamaError

HEAD = "layer,inputs,kept,explained_pct\n"
CUT = {"method": "010", "scope": "layer", "budget": "macs-0.5", "normaliser": "-"}


def model(folder: Path, text: str, **given: Any) -> dict[str, Any]:
    """Write what a repair left, and return the model that was repaired."""
    folder.mkdir()
    (folder / "repair.csv").write_text(HEAD + text)
    return {**CUT, "repair": "refit", "recipe": "r", "seed": 0, "pruned": str(folder)} | given


def test_seeds_are_put_together_and_the_worst_layers_come_first(tmp_path: Path) -> None:
    layers = "a,8,4,{}\nb,8,4,60\nc,8,4,70\nd,8,4,80\nwhole,8,8,10\ndepthwise,8,4,\n"
    models = [
        model(tmp_path / "0", layers.format(80)),
        model(tmp_path / "1", layers.format(100), seed=1),
        {"method": "dense-finetuned", "folder": "x"},
    ]
    (found,) = read_explained([*models, models[0] | {"recipe": "other"}])
    assert found.cut == CUT | {"repair": "refit"}
    assert found.mean == pytest.approx((90 + 60 + 70 + 80) / 4)
    assert [(layer.name, layer.kept, layer.explained) for layer in found.worst] == [
        *(("b", 4, 60), ("c", 4, 70), ("d", 4, 80))
    ]


def test_what_was_not_repaired_or_has_failed_is_left_out(tmp_path: Path) -> None:
    failed = CUT | {"repair": "refit", "seed": 0, "pruned": str(tmp_path / "failed")}
    assert read_explained([model(tmp_path / "0", "", repair="none"), failed]) == []


def test_another_table_is_refused(tmp_path: Path) -> None:
    wrong = model(tmp_path / "0", "")
    (tmp_path / "0/repair.csv").write_text("layer,inputs\n")
    with pytest.raises(BudamaError, match=r"repair.csv lacks kept, explained_pct: delete it"):
        read_explained([wrong])
