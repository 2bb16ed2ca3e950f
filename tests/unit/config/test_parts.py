"""The ``parts`` of a scenario, as its file gives them and as its cells have them."""

from pathlib import Path
from typing import Any

import pytest

from budama.config.cells import cells_of, parts_by_cell
from tests.unit.config.test_loading import load, mistakes

PUBLISHED: dict[str, Any] = {
    "title": "as published",
    "scopes": ["layer"],
    "budgets": [{"channels": 0.1}],
    "repair": "none",
}
FAST: dict[str, Any] = {"title": "for speed", "scopes": ["global"], "budgets": [{"latency": 0.5}]}
BOTH = [PUBLISHED, FAST]


def test_a_part_leaves_out_what_the_scenario_says(tmp_path: Path) -> None:
    found = load(tmp_path, parts=BOTH, methods=["wanda"], repair="norms").scenarios["mine"]
    first, second = found.parts
    assert (first.title, first.repair, first.methods) == ("as published", ["none"], ["wanda"])
    assert (second.title, second.repair, second.methods) == ("for speed", ["norms"], ["wanda"])
    assert [budget.id for budget in found.budgets] == ["channels-0.1", "latency-0.5"]
    assert (found.scopes, found.recipe) == (["layer", "global"], ["short"])


def test_the_command_line_has_the_last_word_in_every_part(tmp_path: Path) -> None:
    overrides = {"budgets": [{"macs": 0.5}], "repair": "refit"}
    found = load(tmp_path, parts=BOTH, overrides=overrides).scenarios["mine"]
    assert [part.repair for part in found.parts] == [["refit"], ["refit"]]
    assert [budget.id for part in found.parts for budget in part.budgets] == ["macs-0.5"] * 2
    assert [part.scopes for part in found.parts] == [["layer"], ["global"]]


def test_what_a_part_changes_beats_the_scenario_and_the_defaults(tmp_path: Path) -> None:
    recipes = {"short": {"epochs": 1, "learning_rate": 0.1}, "long": {"like": "short", "epochs": 9}}
    parts = [PUBLISHED, FAST | {"recipe": "none"}, FAST | {"controls": [], "recipe": "long"}]
    found = load(tmp_path, parts=parts, config={"recipes": recipes}).scenarios["mine"]
    assert [part.recipe for part in found.parts] == [["short"], ["none"], ["long"]]
    assert found.recipe == ["short", "none", "long"]
    assert found.controls == ["random", "dense-finetuned"]
    controls = [cell.recipe for cell in cells_of(found) if cell.method == "dense-finetuned"]
    assert controls == ["short"]  # none trains nothing, and the last part wants no control


def test_unknown_names_in_a_part_are_told_with_the_file(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path, parts=[PUBLISHED | {"methods": ["tailor"]}, FAST | {"recipe": "shrt"}]
    )
    file = "config/scenarios/mine.yaml"
    assert f"{file}: methods: unknown method 'tailor': did you mean 'taylor'?" in text
    assert f"{file}: recipe: unknown recipe 'shrt': did you mean 'short'?" in text


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ({"budgets": [{"channels": 2}]}, "budgets.0.channels: input should be less than 1"),
        ({"scops": ["layer"]}, "scops: unknown key: did you mean 'scopes'?"),
        ({"seeds": [1]}, "seeds: unknown key: "),
        ({"scopes": ["gobal"]}, "scopes.0: unknown value 'gobal': did you mean 'global'?"),
        ({"repair": None}, "repair: null stands for nothing here; write none (in letters)"),
        ({"methods": []}, "methods: list should have at least 1 item"),
        ({"title": "x" * 41}, "is not valid: a part's title stands in tables: write a few words"),
        ({"title": "two\nlines"}, "is not valid: a part's title stands in tables"),
        ({"title": ""}, "title: string should have at least 1 character"),
    ],
)
def test_a_mistake_in_a_part_is_told_with_its_place(
    tmp_path: Path, part: dict[str, Any], said: str
) -> None:
    text = mistakes(tmp_path, parts=[PUBLISHED, part])
    assert "config/scenarios/mine.yaml: parts.1." in text
    assert said in text


def test_parts_are_at_least_one_and_stand_in_a_file(tmp_path: Path) -> None:
    text = mistakes(tmp_path, parts=[])
    assert "config/scenarios/mine.yaml: parts: list should have at least 1 item" in text
    assert "--config: parts: unknown key" in mistakes(tmp_path, overrides={"parts": [FAST]})


def test_what_is_assumed_is_assumed_of_the_parts_too(tmp_path: Path) -> None:
    assumed = {"budgets": "Not stated.", "repair": "Not stated."}
    assert load(tmp_path, parts=BOTH, assumed=assumed).scenarios["mine"].assumed == assumed
    found = load(tmp_path, parts=BOTH, assumed=assumed, overrides={"repair": "refit"})
    assert list(found.scenarios["mine"].assumed) == ["budgets"]
    text = mistakes(tmp_path, parts=BOTH, assumed={"parts.budgets": "Not stated."})
    assert "assumed.parts.budgets: unknown setting 'parts'" in text


def test_a_cut_belongs_to_the_first_part_that_has_it(tmp_path: Path) -> None:
    again = {"title": "again", "scopes": ["layer", "global"], "budgets": [{"channels": 0.1}]}
    found = load(tmp_path, parts=[*BOTH, again | {"repair": "none"}]).scenarios["mine"]
    titles = parts_by_cell(found)
    kinds = dict.fromkeys((cell.scope, cell.budget, titles.get(cell)) for cell in cells_of(found))
    assert list(kinds) == [
        ("none", "none", None),
        ("layer", "channels-0.1", "as published"),
        ("global", "latency-0.5", "for speed"),
        ("global", "channels-0.1", "again"),
    ]


def test_parts_without_a_title_are_numbered_and_a_whole_has_none(tmp_path: Path) -> None:
    untitled = [{key: part[key] for key in part if key != "title"} for part in BOTH]
    assert {*parts_by_cell(load(tmp_path, parts=untitled).scenarios["mine"]).values()} == {"1", "2"}
    assert not parts_by_cell(load(tmp_path).scenarios["mine"])
