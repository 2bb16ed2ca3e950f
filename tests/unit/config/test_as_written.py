"""Names and numbers that YAML takes for something else, in whole configurations."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from budama.config.loading import read_config
from budama.config.schema import Config
from budama.system.errors import BudamaError
from tests.unit.config.test_loading import CONFIG, VOCABULARY, mistakes

TASK = CONFIG["tasks"]["small"]
RECIPE = "{epochs: 1, learning_rate: 0.1}"
# what YAML 1.1 takes for numbers, truth values and dates, and what only looks like it
NAMES = ("2024_11", "on", "No", "1e3", "2024-11-26", "0o12", "012", "1_000", "0x1f", "1.10", "07")


def read(
    root: Path, scenario: str, config: str = "", overrides: dict[str, Any] | None = None
) -> Config:
    (root / "config/scenarios").mkdir(parents=True)
    (root / "config/config.yaml").write_text(config or yaml.safe_dump(CONFIG))
    (root / "config/scenarios/mine.yaml").write_text(scenario)
    return read_config(root, overrides or {}, VOCABULARY)


def refused(root: Path, scenario: str, config: str = "", **overrides: Any) -> str:
    with pytest.raises(BudamaError) as caught:
        read(root, scenario, config, overrides)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_what_is_written(tmp_path: Path, name: str) -> None:
    """As a key and as a value: of a dataset, a recipe (its like), a criterion and a task."""
    found = read(
        tmp_path,
        f"title: {name}\ntask: {name}\nrecipe: [{name}, other]\nmethods: [{name}]\n"
        f"recipes: {{{name}: {RECIPE}, other: {{like: {name}}}}}\n"
        f"criteria: {{{name}: {{criterion: magnitude}}}}\n"
        f"datasets: {{{name}: {{format: folder, root: {name}, train: {name}}}}}\n"
        f"tasks: {{{name}: {{model: timm/test_efficientnet, weights: random, dataset: {name}, "
        f"image_size: 32, recipe: {name}, ignore: [{name}]}}}}\n",
    )
    mine = found.scenarios["mine"]
    assert (mine.title, mine.task, mine.recipe, mine.methods) == (
        name,
        name,
        [name, "other"],
        [name],
    )
    task, dataset = found.tasks[name], found.datasets[name]
    assert (task.dataset, task.recipe, task.ignore) == (name, name, [name])
    assert (dataset.root, getattr(dataset, "train")) == (name, name)  # noqa: B009


@pytest.mark.parametrize("name", ["2024_11", "on", "2024-11-26"])
def test_a_scenario_is_wanted_by_its_name_as_written(tmp_path: Path, name: str) -> None:
    """Also where another file, which is not asked for, has a mistake."""
    config = yaml.safe_dump(CONFIG).replace("- mine", f"- {name}")
    (tmp_path / "config/scenarios").mkdir(parents=True)
    (tmp_path / "config/config.yaml").write_text(config)
    (tmp_path / f"config/scenarios/{name}.yaml").write_text("task: small")
    (tmp_path / "config/scenarios/broken.yaml").write_text("task: [")
    found = read_config(tmp_path, {}, VOCABULARY)
    assert (found.wanted, list(found.scenarios), list(found.left_out)) == (
        [name],
        [name],
        ["broken"],
    )


@pytest.mark.parametrize("columns", ["{path: on, label: 2024_11, split: 1e3}"])
def test_a_column_is_named_as_written(tmp_path: Path, columns: str) -> None:
    table = f"datasets: {{t: {{format: table, root: x, file: f.csv, {columns[1:-1]}}}}}"
    dataset = read(tmp_path, f"task: small\n{table}").datasets["t"]
    found = dataset.model_dump()
    assert [found[key] for key in ("path", "label", "split")] == ["on", "2024_11", "1e3"]


@pytest.mark.parametrize(("value", "read_as"), [(202411, "202411"), (True, "true"), (1.5, "1.5")])
def test_on_the_command_line_a_name_is_to_be_put_in_quotes(
    tmp_path: Path, value: Any, read_as: str
) -> None:
    text = refused(tmp_path, "task: small", recipe=value)
    said = f"a text is wanted, and YAML reads {read_as} here: put it in quotes"
    assert f"--config: recipe.0: {said}" in text


def test_a_number_where_a_share_or_a_name_may_stand_is_not_guessed(tmp_path: Path) -> None:
    config = yaml.safe_dump(CONFIG).replace("root: /data", "root: /data\n    test: 2024")
    text = refused(tmp_path, "task: small", config)
    assert "one mistake" in text
    assert "datasets.images.test: '2024' is not valid: give a share of each class" in text


@pytest.mark.parametrize(
    ("seed", "said"),
    [
        ("1e3", "write 1000 (it is '1e3', which YAML takes for a text)"),
        ("0o12", "write 10 (it is '0o12', which YAML takes for a text)"),
        ("012", "YAML reads 012 as the number 10: write that"),
        ("12:30", "YAML reads 12:30 as the number 750: write that"),
        ("2024-11-26", "input should be a valid integer (it is the date 2024-11-26)"),
        (
            "99999999999999999999999",
            "input should be less than or equal to 4294967295 (it is 99999",
        ),
        ("4294967296", "input should be less than or equal to 4294967295"),
        ("9" * 5000, "999..."),
        ("-1", "input should be greater than or equal to 0 (it is -1)"),
        ("1.5", "input should be a valid integer, got a number with a fractional part"),
        (".inf", "input should be a finite number (it is inf)"),
        ("true", "(it is 'true')"),
        ("on", "(it is 'true')"),
        ("null", "input should be a valid integer (it is null)"),
    ],
)
def test_a_seed_is_a_whole_number_that_every_generator_takes(
    tmp_path: Path, seed: str, said: str
) -> None:
    text = refused(tmp_path, f"task: small\nseeds: [1, {seed}]")
    (line,) = text.splitlines()[1:]
    assert line.startswith("  - config/scenarios/mine.yaml: seeds.1: ")
    assert said in line
    assert len(line) < 200


def test_seeds_at_both_ends_and_with_digits_set_apart_are_taken(tmp_path: Path) -> None:
    found = read(tmp_path, "task: small\nseeds: [0, 1_000, 4294967295]")
    assert found.scenarios["mine"].seeds == [0, 1000, 4294967295]


@pytest.mark.parametrize(
    ("block", "at"),
    [
        ({"seed": 10**23}, "seed"),
        ({"tasks": {"small": TASK | {"seed": True}}}, "tasks.small.seed"),
        ({"tasks": {"small": TASK | {"cache": 10**23}}}, "tasks.small.cache"),
        ({"tasks": {"small": TASK | {"selection": 10**23}}}, "tasks.small.selection"),
        ({"latency": {"batch_sizes": [10**23]}}, "latency.batch_sizes.0"),
        ({"latency": {"threads": 10**23}}, "latency.threads"),
        ({"recipes": {"short": {"epochs": True, "learning_rate": 1}}}, "recipes.short.epochs"),
        ({"recipes": {"short": {"epochs": 10**23, "learning_rate": 1}}}, "recipes.short.epochs"),
        (
            {"recipes": {"short": {"epochs": 1, "learning_rate": float("inf")}}},
            "recipes.short.learning_rate",
        ),
        ({"defaults": {"budgets": [{"channels": True}]}}, "defaults.budgets.0.channels"),
        ({"defaults": {"budgets": [{"macs": 0.5, "steps": 10**23}]}}, "defaults.budgets.0.steps"),
    ],
)
def test_a_number_that_nothing_can_carry_is_told_with_its_key(
    tmp_path: Path, block: dict[str, Any], at: str
) -> None:
    text = mistakes(tmp_path, config=block)
    assert f"the configuration has one mistake:\n  - config/config.yaml: {at}: " in text


def test_a_date_among_free_options_is_told(tmp_path: Path) -> None:
    criterion = "criteria: {own: {criterion: magnitude, options: {since: 2024-11-26}}}"
    text = refused(tmp_path, f"task: small\n{criterion}")
    assert "criteria.own.options.since: YAML reads 2024-11-26 as a date: put it in quotes" in text
