from pathlib import Path

import pytest

from tests.unit.config.test_loading import load, mistakes


def test_a_setting_that_the_command_line_gives_is_no_assumption(tmp_path: Path) -> None:
    assumed = {"budgets": "Why.", "normaliser": "As well.", "recipe.augment.flip": "So."}
    assumed |= {"repair": "It is plain.", "task.calibration.batches": "Yes."}
    assert load(tmp_path, assumed=assumed).scenarios["mine"].assumed == assumed
    found = load(tmp_path, assumed=assumed, overrides={"budgets": [{"channels": 0.5}]})
    assert list(found.scenarios["mine"].assumed) == list(assumed)[1:]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("bugets", "unknown setting 'bugets': did you mean 'budgets'?"),
        ("recipe.epoch", "unknown setting 'epoch': did you mean 'epochs'?"),
        ("task.calibration.batch", "unknown setting 'batch': did you mean 'batches'?"),
        ("scopes.layer", "unknown setting 'layer': There are none"),
    ],
)
def test_an_assumption_about_nothing_is_refused(tmp_path: Path, path: str, reason: str) -> None:
    text = mistakes(tmp_path, assumed={path: "Why."})
    assert f"config/scenarios/mine.yaml: assumed.{path}: {reason}" in text


def test_an_assumption_says_why(tmp_path: Path) -> None:
    assert "assumed.scopes: " in mistakes(tmp_path, assumed={"scopes": " "})
