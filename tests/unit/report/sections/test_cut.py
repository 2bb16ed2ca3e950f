import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.unit.report.scenario import report, summary

AUTO = {"scope": "global", "budget": "channels-0.1", "normaliser": "auto", "repair": "refit"}
TRIED = {"mean": 71.24, "raw": 88.06, "loss": 88.0}
EXPLAINED = "layer,inputs,kept,explained_pct\na,8,4,90\nb_*c*,16,12,50.04\nc,8,2,70\nd,8,8,100\n"


def cell(folder: Path, **given: Any) -> dict[str, Any]:
    """Return a model with its cut, and its provenance."""
    own = AUTO | {"method": "wanda", "recipe": "published", "seed": 0} | given
    name = "-".join(map(str, own.values()))
    places = {"folder": folder / f"cells-{name}", "pruned": folder / f"pruned-{name}"}
    for place in places.values():
        place.mkdir()
    return own | {key: str(place) for key, place in places.items()}


def tried(model: dict[str, Any], chosen: str, **candidates: float) -> None:
    normaliser = {"asked": "auto", "chosen": chosen, "candidates": candidates}
    content = {"settings": {"normaliser": normaliser}, "dense": {"settings": {"seed": 0}}}
    content |= {"data": {"seed": 0}, "code": {}, "packages": {}}
    (Path(model["folder"]) / "provenance.json").write_text(json.dumps(content))


@pytest.fixture
def dense(tmp_path: Path) -> dict[str, Any]:
    row = pd.read_csv(summary(tmp_path / "summary.csv")).iloc[0]
    keys = ("method", "scope", "budget", "normaliser", "repair", "recipe", "seed")
    return {"folder": str(tmp_path / "dense")} | {key: row[key] for key in keys}


def test_what_was_tried_stands_once_for_equal_seeds_with_the_choice_in_bold(
    tmp_path: Path, dense: dict[str, Any]
) -> None:
    """A row also where a single one was left, and a column also where none was."""
    cells = [cell(tmp_path, seed=seed) for seed in (0, 1)] + [cell(tmp_path, method="taylor")]
    for model in cells[:2]:
        tried(model, "raw", **TRIED)
    tried(cells[2], "mean", mean=80.0)
    found = report(tmp_path, models=[dense, *cells])
    assert "| Method | Seed | mean | raw | LAMP | loss |" in found["en"]
    assert (
        "| Wanda | 0, 1 | 71.2 | **88.1** | – | 88.0 |\n| Taylor | 0 | **80.0** | – | – | – |"
        in found["en"]
    )
    assert "| Yöntem | Tohum | ortalama | ham | LAMP | kayıp |" in found["tr"]
    assert "| Wanda | 0, 1 | 71,2 | **88,1** | – | 88,0 |" in found["tr"]
    assert "What the kept channels explain" not in found["en"]


def test_layers_of_which_least_is_explained_are_named(
    tmp_path: Path, dense: dict[str, Any]
) -> None:
    cells = [cell(tmp_path), cell(tmp_path, seed=1), cell(tmp_path, repair="none")]
    texts = (EXPLAINED, EXPLAINED, "layer,inputs,kept,explained_pct\n")
    for model, text in zip(cells, texts, strict=True):
        (Path(model["pruned"]) / "repair.csv").write_text(text)
    found = report(tmp_path, models=[dense, *cells, cells[0] | {"recipe": "strong"}])
    line = "| Wanda | 70.0 | b\\_\\*c\\*: 50.0% (12 of 16 kept); c: 70.0% (2 of 8 kept); a: 90.0%"
    assert line in found["en"]
    assert "b\\_\\*c\\*: %50,0 (16 kanaldan 12 kaldı)" in found["tr"]
    assert found["en"].count("b\\_\\*c\\*") == 1
    assert "What the normaliser" not in found["en"]


def test_without_either_there_is_no_section(tmp_path: Path, dense: dict[str, Any]) -> None:
    found = report(tmp_path, models=[dense, cell(tmp_path)])
    assert "## The cut and its repair" not in found["en"]
