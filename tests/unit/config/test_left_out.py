"""Files of scenarios that a command does not ask for, and names that two files give a meaning."""

from pathlib import Path

import pytest
import yaml

from budama.config.asked import Asked, asked_by
from budama.config.loading import read_config, warnings
from budama.config.schema import Config
from budama.system.errors import BudamaError
from tests.unit.config.test_loading import CONFIG, VOCABULARY

ONE = "recipe: one\nrecipes: {one: {epochs: 1, learning_rate: 0.1}}\n"
BROKEN = {
    "unreadable": "methods: [wanda",
    "no-mapping": "- wanda",
    "twice": "task: small\nbudgets: [{channels: 0.1}]\nbudgets: [{channels: 0.2}]",
    "unknown-key": "task: small\nmethds: [wanda]",
    "unknown-task": "task: smal",
    "unknown-like": "task: small\nrecipes: {own: {like: shrot}}",
    "out-of-range": "task: small\nseeds: [99999999999999999999999]",
    "in-conflict": "task: small\nrecipes: {short: {epochs: 9, learning_rate: 0.1}}",
    "a b": "task: small",
}


def read(root: Path, files: dict[str, str], *targets: str) -> Config:
    (root / "config/scenarios").mkdir(parents=True, exist_ok=True)
    (root / "config/config.yaml").write_text(yaml.safe_dump(CONFIG))
    for name, text in {"mine": "task: small", **files}.items():
        (root / f"config/scenarios/{name}.yaml").write_text(text)
    return read_config(root, {}, VOCABULARY, asked_by(targets), frozenset({"report"}))


def refused(root: Path, files: dict[str, str], *targets: str) -> str:
    with pytest.raises(BudamaError) as caught:
        read(root, files, *targets)
    return str(caught.value)


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_with_a_mistake_stops_only_what_needs_it(tmp_path: Path, name: str) -> None:
    files = {name: BROKEN[name]}
    for targets in ((), ("mine",), ("mine/answer",), ("results/tasks/small/dense/model.json",)):
        found = read(tmp_path, files, *targets)
        assert list(found.scenarios) == ["mine"]
        (line,) = warnings(found)
        assert f"config/scenarios/{name}.yaml" in line and "is left out" in line
        assert found.recipes["short"].epochs == 1
    for target in (name, f"{name}/answer", f"results/reports/{name}/report.html", "comparison"):
        assert f"config/scenarios/{name}.yaml" in refused(tmp_path, files, target, "mine")


@pytest.mark.parametrize("beside", [False, True])
def test_a_file_with_another_suffix_is_told(tmp_path: Path, *, beside: bool) -> None:
    files = {"foo": "task: small"} if beside else {}
    (tmp_path / "config/scenarios").mkdir(parents=True)
    (tmp_path / "config/scenarios/foo.yml").write_text("task: small")
    found = read(tmp_path, files)
    said = "config/scenarios/foo.yml: only files that end in .yaml are read: rename it"
    assert list(found.scenarios) == ["mine"]
    (line,) = warnings(found)
    assert said in line
    assert said in refused(tmp_path, files, "foo")


def test_a_file_that_is_wanted_stops_what_names_nothing(tmp_path: Path) -> None:
    files = {"bad": "task: smal"}
    read(tmp_path, files)
    for targets in ((), ("doctor",), ("plan",), ("all",)):
        with pytest.raises(BudamaError, match=r"scenarios/bad.yaml: task: unknown task 'smal'"):
            read_config(tmp_path, {"scenarios": ["bad"]}, VOCABULARY, asked_by(targets))
    asked = asked_by(["mine"])
    assert read_config(tmp_path, {"scenarios": ["bad"]}, VOCABULARY, asked).wanted == ["bad"]


def test_a_mistake_in_what_all_share_stops_everything(tmp_path: Path) -> None:
    read(tmp_path, {})
    with pytest.raises(BudamaError, match=r"--config: scenarios: unknown scenario 'mien'"):
        read_config(tmp_path, {"scenarios": ["mien"]}, VOCABULARY, asked_by(["mine"]))
    with pytest.raises(BudamaError, match=r"--config: sede: unknown key"):
        read_config(tmp_path, {"sede": 1}, VOCABULARY, Asked())


def test_two_files_may_mean_two_things_by_a_name_if_one_is_asked_for(tmp_path: Path) -> None:
    files = {"a": f"task: small\n{ONE}", "b": f"task: small\n{ONE.replace('1,', '2,')}"}
    for name, other, epochs in (("a", "b", 1), ("b", "a", 2)):
        found = read(tmp_path, files, name)
        assert found.recipes["one"].epochs == epochs
        assert sorted(found.scenarios) == [name, "mine"]
        (line,) = warnings(found)
        assert line.startswith(f"config/scenarios/{other}.yaml is left out, and not asked for: ")
        assert f"config/scenarios/{name}.yaml" in line
    read(tmp_path, files, "mine")
    for targets in (("a", "b"), ("comparison",)):
        text = refused(tmp_path, files, *targets)
        assert "config/scenarios/b.yaml: recipes.one: this name already stands for" in text
        assert "in config/scenarios/a.yaml: epochs is 2 here, 1 there" in text


@pytest.mark.parametrize(
    ("kind", "here", "there", "differs"),
    [
        ("tasks", {"image_size": 32}, {"image_size": 64}, "image_size is 64 here, 32 there"),
        ("tasks", {"latency": {"runs": 6}}, {"latency": {"runs": 5}}, "latency.runs is 5 here, 6"),
        ("tasks", {}, {"cache": 64}, "cache is 64 here, not given there"),
        ("datasets", {"root": "/a"}, {"root": "/b"}, "root is /b here, /a there"),
        ("criteria", {"criterion": "wanda"}, {"criterion": "taylor"}, "criterion is taylor here"),
    ],
)
def test_whatever_two_files_give_two_meanings_is_told_with_both(
    tmp_path: Path, kind: str, here: dict[str, str], there: dict[str, str], differs: str
) -> None:
    whole = {
        "tasks": CONFIG["tasks"]["small"],
        "datasets": {"format": "folder"},
        "criteria": {},
    }[kind]
    files = {
        name: yaml.safe_dump({"task": "small", kind: {"own": whole | own}})
        for name, own in (("a", here), ("b", there))
    }
    assert read(tmp_path, files, "a") != read(tmp_path, files, "b")
    text = refused(tmp_path, files, "a", "b")
    assert f"b.yaml: {kind}.own: this name already" in text and "config/scenarios/a.yaml" in text
    assert differs in text


def test_results_of_a_name_with_two_meanings_are_not_made(tmp_path: Path) -> None:
    """By the path of a cell, it is not known which of the two is meant."""
    files = {"a": f"task: small\n{ONE}", "b": f"task: small\n{ONE.replace('1,', '2,')}"}
    cell = "results/tasks/small/cells/wanda/layer/none/macs-0.5/none"
    text = refused(tmp_path, files, f"{cell}/one/seed0/model.json")
    assert "a.yaml" in text and "b.yaml" in text
    read(tmp_path, files, f"{cell}/short/seed0/model.json")
    tasks = {name: f"tasks: {{t: {{model: {name}}}}}\ntask: t" for name in ("c", "d")}
    assert "d.yaml" in refused(tmp_path, tasks, "results/tasks/t/dense/model.json")


def test_what_a_file_refers_to_in_another_is_needed_with_it(tmp_path: Path) -> None:
    files = {
        "base": f"task: small\n{ONE}",
        "bad": "task: [",
        "user": "task: small\nrecipe: long\nrecipes: {long: {like: one, epochs: 7}}",
    }
    found = read(tmp_path, files, "user")
    assert found.recipes["long"].learning_rate == 0.1
    assert sorted(found.scenarios) == ["base", "mine", "user"]
    text = refused(tmp_path, files | {"base": files["base"] + "sede: 1"}, "user")
    assert "config/scenarios/base.yaml: sede: unknown key" in text


def definers(there: int) -> dict[str, str]:
    """Return two files that define recipe one: with 1 epoch, and with so many."""
    recipe = {"epochs": there, "learning_rate": 0.1}
    return {
        "a": f"task: small\n{ONE}",
        "b": yaml.safe_dump({"task": "small", "recipe": "one", "recipes": {"one": recipe}}),
    }


BORROWERS = {
    "recipe": "task: small\nrecipe: one",
    "like": "task: small\nrecipe: long\nrecipes: {long: {like: one, batch_size: 7}}",
    "task": "task: own\ntasks: {own: {model: timm/test_efficientnet, weights: random, "
    "dataset: images, image_size: 32, recipe: one}}",
}


@pytest.mark.parametrize("borrower", BORROWERS)
def test_company_does_not_decide_what_a_name_stands_for(tmp_path: Path, borrower: str) -> None:
    files = definers(9) | {"c": BORROWERS[borrower]}
    for targets in (("c",), ("a", "c"), ("b", "c"), ("comparison",)):
        text = refused(tmp_path, files, *targets)
        assert "config/scenarios/b.yaml: recipes.one: this name already stands for" in text
        assert "in config/scenarios/a.yaml: epochs is 9 here, 1 there" in text
    found = read(tmp_path, files, "b")
    assert found.recipes["one"].epochs == 9
    assert sorted(found.left_out) == ["a", "c"]
    agreed = definers(1) | {"c": BORROWERS[borrower], "bad": "task: ["}
    assert sorted(read(tmp_path, agreed, "c").scenarios) == ["a", "b", "c", "mine"]


@pytest.mark.parametrize("kind", ["tasks", "datasets", "criteria"])
def test_nor_what_a_task_a_dataset_or_a_criterion_stands_for(tmp_path: Path, kind: str) -> None:
    task = CONFIG["tasks"]["small"]
    blocks = {
        "tasks": (task, task | {"cache": 64}),
        "datasets": ({"format": "folder", "root": "/a"}, {"format": "folder", "root": "/b"}),
        "criteria": ({"criterion": "wanda"}, {"criterion": "taylor"}),
    }[kind]
    uses = {
        "tasks": {"task": "own"},
        "datasets": {"task": "mine", "tasks": {"mine": task | {"dataset": "own"}}},
        "criteria": {"task": "small", "methods": ["own"]},
    }[kind]
    files = {
        name: yaml.safe_dump({"task": "small", kind: {"own": block}})
        for name, block in zip("ab", blocks, strict=True)
    } | {"c": yaml.safe_dump(uses)}
    read(tmp_path, files, "a")
    for targets in (("c",), ("a", "c"), ("b", "c")):
        assert f"b.yaml: {kind}.own: this name already" in refused(tmp_path, files, *targets)


def test_what_config_yaml_takes_from_files_they_must_agree_on(tmp_path: Path) -> None:
    overrides = {"tasks": {"small": {"recipe": "one"}}}
    read(tmp_path, definers(9))
    for targets in (["mine"], ["a"], ["b"]):
        with pytest.raises(BudamaError, match=r"b.yaml: recipes.one: .* epochs is 9 here, 1 there"):
            read_config(tmp_path, overrides, VOCABULARY, asked_by(targets))
    read(tmp_path, definers(1))
    assert "one" in read_config(tmp_path, overrides, VOCABULARY, asked_by(["mine"])).recipes


def test_a_method_of_the_library_is_changed_for_all_or_for_none(tmp_path: Path) -> None:
    other = {"criteria": {"wanda": {"criterion": "magnitude"}}}
    files = {"a": yaml.safe_dump({"task": "small"} | other)}
    assert read(tmp_path, files, "mine").criteria["wanda"].criterion == "wanda"
    text = refused(tmp_path, files, "a")
    assert "a.yaml: criteria.wanda: this name already stands for something else in budama" in text
    changed = read_config(tmp_path, other, VOCABULARY, asked_by(["a"]))
    assert changed.criteria["wanda"].criterion == "magnitude"


def test_what_no_file_says_is_not_taken_from_one_that_is_not_asked_for(tmp_path: Path) -> None:
    """Without any default, a scenario's recipe is the first of config.yaml or of its own."""
    plain = {key: value for key, value in CONFIG.items() if key not in ("defaults", "recipes")}
    plain["tasks"] = {"small": CONFIG["tasks"]["small"] | {"recipe": "own"}}
    files = {"a": "task: small\n" + ONE, "mine": "task: small\n" + ONE.replace("one", "own")[12:]}
    (tmp_path / "config/scenarios").mkdir(parents=True)
    (tmp_path / "config/config.yaml").write_text(yaml.safe_dump(plain))
    for name, text in files.items():
        (tmp_path / f"config/scenarios/{name}.yaml").write_text(text)
    assert read_config(tmp_path, {}, VOCABULARY).scenarios["mine"].recipe == ["own"]


def test_a_file_with_the_name_of_a_stage_is_left_out(tmp_path: Path) -> None:
    files = {"report": "task: small"}
    assert "the name of a stage" in warnings(read(tmp_path, files))[0]
    text = refused(tmp_path, files, "results/reports/report/report.html")
    assert "config/scenarios/report.yaml: 'report' is the name of a stage; rename" in text


def test_names_that_differ_in_case_only_are_not_both_taken(tmp_path: Path) -> None:
    files = {"Mine": "task: small"}
    assert sorted(read(tmp_path, files, "mine").scenarios) == ["mine"]
    assert sorted(read(tmp_path, files, "Mine").scenarios) == ["Mine"]
    text = refused(tmp_path, files, "mine", "Mine")
    assert "'Mine' and 'mine' differ in upper and lower case only" in text


@pytest.mark.parametrize(
    ("block", "names"),
    [
        ("recipes: {Short: {epochs: 1, learning_rate: 0.1}}", "recipes: 'Short' and 'short'"),
        ("criteria: {Wanda: {criterion: magnitude}}", "criteria: 'Wanda' and 'wanda'"),
        ("datasets: {IMAGES: {format: folder, root: /x}}", "datasets: 'IMAGES' and 'images'"),
    ],
)
def test_what_is_defined_does_not_differ_in_case_only(
    tmp_path: Path, block: str, names: str
) -> None:
    text = refused(tmp_path, {"own": f"task: small\n{block}"}, "own")
    assert f"config/scenarios/own.yaml: {names} differ in upper and lower case only" in text
