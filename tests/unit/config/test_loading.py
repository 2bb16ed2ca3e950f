from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from budama.config.asked import Asked
from budama.config.cells import cells_of
from budama.config.data import Dataset
from budama.config.loading import read_config
from budama.config.schema import Config
from budama.config.vocabulary import Vocabulary
from budama.system.errors import BudamaError

CONFIG: dict[str, Any] = {
    "scenarios": ["mine"],
    "defaults": {"budgets": [{"channels": 0.1}], "recipe": "short", "seeds": [1]},
    "datasets": {"images": {"format": "folder", "root": "/data"}},
    "recipes": {"short": {"epochs": 1, "learning_rate": 0.1}},
    "tasks": {
        "small": {
            "model": "timm/test_efficientnet",
            "weights": "random",
            "dataset": "images",
            "image_size": 32,
            "recipe": "short",
        }
    },
}


def known_model(model: str) -> None:
    if model != "timm/test_efficientnet":
        raise BudamaError(f"unknown model '{model}'")


CRITERIA = ("coverage", "magnitude", "random", "taylor", "wanda")
BROKEN = Asked(frozenset({"broken"}))
VOCABULARY = Vocabulary(CRITERIA, ["lite"], lambda choice: None, known_model)


def load(
    root: Path,
    *,
    config: dict[str, Any] | None = None,
    overrides: dict[str, Any] | None = None,
    **scenario: Any,
) -> Config:
    (root / "config/scenarios").mkdir(parents=True, exist_ok=True)
    (root / "config/config.yaml").write_text(yaml.safe_dump(CONFIG | (config or {})))
    file = root / "config/scenarios/mine.yaml"
    file.write_text(yaml.safe_dump({"task": "small"} | scenario))
    return read_config(root, overrides or {}, VOCABULARY)


def mistakes(root: Path, **arguments: Any) -> str:
    with pytest.raises(BudamaError) as caught:
        load(root, **arguments)
    return str(caught.value)


def test_precedence_is_defaults_then_scenario_then_command_line(tmp_path: Path) -> None:
    assert load(tmp_path).scenarios["mine"].seeds == [1]
    assert load(tmp_path, seeds=[2, 3]).scenarios["mine"].seeds == [2, 3]
    chosen = load(tmp_path, seeds=[2, 3], overrides={"seeds": [4]})
    assert chosen.scenarios["mine"].seeds == [4]


@pytest.mark.parametrize("recipe", ["none", ["none", "short"]])
def test_no_training_is_a_recipe_that_every_scenario_may_name(tmp_path: Path, recipe: Any) -> None:
    cells = cells_of(load(tmp_path, recipe=recipe).scenarios["mine"])
    untrained = {cell.method for cell in cells if cell.recipe == "none"}
    assert untrained == {"random", "coverage", "wanda", "magnitude", "taylor"}
    trained = {cell.method for cell in cells if cell.recipe == "short"}
    assert ("dense-finetuned" in trained) == (recipe != "none")


def test_the_name_of_no_training_is_taken(tmp_path: Path) -> None:
    recipes = CONFIG["recipes"] | {"none": {"epochs": 1, "learning_rate": 0.1}}
    text = mistakes(tmp_path, config={"recipes": recipes})
    assert (
        "config.yaml: recipes.none: 'none' is not valid: in a scenario it stands for no training; "
        "choose another name" in text
    )


def test_a_dense_model_may_be_taken_as_it_comes(tmp_path: Path) -> None:
    task = CONFIG["tasks"]["small"] | {"recipe": "none", "weights": "file:w.pth"}
    config = load(tmp_path, config={"tasks": {"small": task}})
    assert config.tasks["small"].recipe == "none"
    for weights, recipe, said in (
        ("random", "none", "random weights have learned nothing: name a recipe, or weights"),
        ("pretrained", None, "null stands for nothing here; write none (in letters)"),
    ):
        wrong = {"small": task | {"weights": weights, "recipe": recipe}}
        assert said in mistakes(tmp_path, config={"tasks": wrong})


def test_several_recipes_are_given_as_a_list_or_one_by_its_name(tmp_path: Path) -> None:
    recipes = CONFIG["recipes"] | {"long": {"epochs": 9, "learning_rate": 0.1}}
    config = {"recipes": recipes}
    assert load(tmp_path, config=config).scenarios["mine"].recipe == ["short"]
    both = load(tmp_path, config=config, recipe=["short", "long"])
    assert both.scenarios["mine"].recipe == ["short", "long"]
    one = load(tmp_path, config=config, recipe=["short", "long"], overrides={"recipe": "long"})
    assert one.scenarios["mine"].recipe == ["long"]
    text = mistakes(tmp_path, config=config, recipe=["short", "lang"])
    assert "mine.yaml: recipe: unknown recipe 'lang': did you mean 'long'?" in text


def test_repairs_and_normalisers_are_one_or_several_and_have_defaults(tmp_path: Path) -> None:
    scenario = load(tmp_path).scenarios["mine"]
    assert (scenario.normaliser, scenario.repair) == (["auto"], ["refit"])
    scenario = load(tmp_path, normaliser="raw", repair=["none", "norms"]).scenarios["mine"]
    assert (scenario.normaliser, scenario.repair) == (["raw"], ["none", "norms"])
    chosen = load(tmp_path, repair="none", overrides={"repair": ["refit"]})
    assert chosen.scenarios["mine"].repair == ["refit"]
    text = mistakes(tmp_path, repair=["refits"], normaliser="best")
    assert "mine.yaml: repair.0: " in text and "did you mean 'refit'?" in text
    assert "mine.yaml: normaliser.0: " in text


@pytest.mark.parametrize(
    ("key", "instead"),
    [
        ("repair", "none (in letters)"),
        ("recipe", "none (in letters)"),
        ("normaliser", "mean, raw, lamp, loss or auto"),
    ],
)
def test_a_null_is_not_taken_for_the_default(tmp_path: Path, key: str, instead: str) -> None:
    said = f"{key}: null stands for nothing here; write {instead}, or leave the key out"
    assert f"config/scenarios/mine.yaml: {said}" in mistakes(tmp_path, **{key: None})
    assert f"--config: {said}" in mistakes(tmp_path, overrides={key: None})
    defaults = {"defaults": CONFIG["defaults"] | {key: None}}
    assert f"config/config.yaml: defaults.{said}" in mistakes(tmp_path, config=defaults)


def test_what_yaml_makes_of_no_and_off_is_refused_with_the_choices(tmp_path: Path) -> None:
    assert yaml.safe_load("repair: no") == yaml.safe_load("repair: off") == {"repair": False}
    text = mistakes(tmp_path, repair=False)
    assert "mine.yaml: repair.0: unknown value 'false': Choices: none, norms, refit" in text


def test_command_line_changes_one_key_of_a_block(tmp_path: Path) -> None:
    config = load(tmp_path, config={"latency": {"runs": 50}}, overrides={"latency": {"warmup": 7}})
    assert (config.latency.runs, config.latency.warmup) == (50, 7)


def test_one_seed_reaches_every_task_and_scenario(tmp_path: Path) -> None:
    defaults = {"budgets": [{"channels": 0.1}], "recipe": "short"}
    config = load(tmp_path, config={"seed": 7, "defaults": defaults})
    assert config.tasks["small"].seed == 7
    assert config.scenarios["mine"].seeds == [7]


def test_every_mistake_is_told_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path,
        config={"recipes": {"short": {"epoch": 1, "learning_rate": -1}}},
        overrides={"scops": ["layer"]},
        scopes=["gobal"],
        budgets=[{"channels": 1.5}],
    )
    assert "the configuration has 6 mistakes:" in text
    for line in (
        "config/config.yaml: recipes.short.epoch: unknown key: did you mean 'epochs'?",
        "config/config.yaml: recipes.short.epochs: this key is required",
        "config/config.yaml: recipes.short.learning_rate: input should be greater than 0 (it is",
        "--config: scops: unknown key: did you mean 'scopes'?",
        "config/scenarios/mine.yaml: scopes.0: unknown value 'gobal': did you mean 'global'?",
        "config/scenarios/mine.yaml: budgets.0.channels: input should be less than 1 (it is 1.5)",
    ):
        assert line in text


@pytest.mark.parametrize("ratio", [0, 1, -0.1, 1.5, "nan"])
def test_a_ratio_outside_0_and_1_is_refused(tmp_path: Path, ratio: Any) -> None:
    assert "mine.yaml: budgets.0.channels: " in mistakes(tmp_path, budgets=[{"channels": ratio}])


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("crop_scale", [1, 0.1], "crop_scale: '[1, 0.1]' is not valid: write the smaller end"),
        ("crop_scale", [0.1, 2], "crop_scale.1: input should be less than or equal to 1"),
        ("crop_ratio", [0, 1], "crop_ratio.0: input should be greater than 0"),
    ],
)
def test_a_range_that_no_crop_can_have_is_refused(
    tmp_path: Path, key: str, value: list[float], said: str
) -> None:
    recipe = CONFIG["recipes"]["short"] | {"augment": {key: value}}
    text = mistakes(tmp_path, config={"recipes": {"short": recipe}})
    assert f"recipes.short.augment.{said}" in text


def test_images_cannot_be_divided_by_a_deviation_of_0(tmp_path: Path) -> None:
    task = CONFIG["tasks"]["small"] | {"preprocessing": {"std": [0, 1, 1]}}
    text = mistakes(tmp_path, config={"tasks": {"small": task}})
    assert "tasks.small.preprocessing.std.0: input should be greater than 0" in text


def test_unknown_names_are_refused_with_the_nearest_one(tmp_path: Path) -> None:
    small = CONFIG["tasks"]["small"]
    tasks = {
        "small": small,
        "a": small | {"model": "timm/efficientnet_b44"},
        "c": small | {"weights": "package:light"},
        "d": small | {"dataset": "image", "recipe": "shrot"},
    }
    text = mistakes(
        tmp_path,
        config={"tasks": tasks, "scenarios": ["mien", "mine"]},
        methods=["tailor", "wanda"],
        task="smal",
    )
    for line in (
        "config/config.yaml: scenarios: unknown scenario 'mien': did you mean 'mine'?",
        "config/config.yaml: tasks.a.model: unknown model 'timm/efficientnet_b44'",
        "config/config.yaml: tasks.c.weights: unknown package 'light': did you mean 'lite'?",
        "config/config.yaml: tasks.d.dataset: unknown dataset 'image': did you mean 'images'?",
        "config/config.yaml: tasks.d.recipe: unknown recipe 'shrot': did you mean 'short'?",
        "config/scenarios/mine.yaml: methods: unknown method 'tailor': did you mean 'taylor'?",
        "config/scenarios/mine.yaml: task: unknown task 'smal': did you mean 'small'?",
    ):
        assert line in text
    assert "wanda'" not in text


def test_a_mistake_on_the_command_line_is_not_blamed_on_a_file(tmp_path: Path) -> None:
    text = mistakes(tmp_path, overrides={"methods": ["tailor"]})
    assert "--config: methods: unknown method 'tailor'" in text
    assert "mine.yaml" not in text


def test_dataset_keys_are_checked_by_format(tmp_path: Path) -> None:
    text = mistakes(
        tmp_path,
        config={
            "datasets": {
                "images": {"format": "fodler", "root": "x"},
                "other": {"format": "folder", "root": "x", "trian": "y"},
            }
        },
    )
    assert "datasets.images: unknown value 'fodler': did you mean 'folder'?" in text
    assert "datasets.other.trian: unknown key: did you mean 'train'?" in text


def test_an_unknown_key_is_answered_with_those_of_its_format(tmp_path: Path) -> None:
    """Also in a dataset that is called as a format is."""
    images = {"format": "folder", "root": "x", "path": "y"}
    text = mistakes(tmp_path, config={"datasets": {"images": images, "table": images}})
    keys = "exif_orientation, format, root, test, train, val"
    for name in ("images", "table"):
        assert f"datasets.{name}.path: unknown key: Choices: {keys}" in text


@pytest.mark.parametrize("images", [{"root": "x"}, {"Format": "tar", "root": "x"}])
def test_a_dataset_without_a_format_is_told_the_choices(
    tmp_path: Path, images: dict[str, str]
) -> None:
    text = mistakes(tmp_path, config={"datasets": {"images": images}})
    assert "datasets.images: the key 'format' is required: Choices: fashion-mnist, folder" in text


@pytest.mark.parametrize("kind", ["folder", "table", "parquet", "tar"])
@pytest.mark.parametrize(
    ("test", "said"),
    [
        (20, "'20' is not valid: give a share of each class, a number between 0 and 1, or"),
        (False, "'false' is not valid: give a share"),
        (None, "give a share of each class, a number between 0 and 1, or"),
        (["a"], "is not valid: give a share"),
    ],
)
def test_what_is_no_test_part_and_no_share_is_told_in_one_sentence(
    tmp_path: Path, kind: str, test: Any, said: str
) -> None:
    images = {"format": kind, "root": "x", "test": test}
    if kind == "table":
        images["file"] = "f.csv"
    (line,) = mistakes(tmp_path, config={"datasets": {"images": images}}).splitlines()[1:]
    assert line.startswith("  - config/config.yaml: datasets.images.test: ")
    assert said in line


@pytest.mark.parametrize("kind", ["folder", "tar"])
@pytest.mark.parametrize("test", [0.2, "0.2", "20%", "2e-1"])
def test_a_share_is_one_in_letters_too(kind: str, test: Any) -> None:
    """All that stands within braces of ``--config`` reaches the config as text."""
    found = TypeAdapter(Dataset).validate_python({"format": kind, "root": "x", "test": test})
    assert found.test == 0.2  # type: ignore[union-attr]


def test_a_pattern_of_the_test_part_is_told_by_its_key(tmp_path: Path) -> None:
    images = {"format": "tar", "root": "x", "test": "data/test"}
    (line,) = mistakes(tmp_path, config={"datasets": {"images": images}}).splitlines()[1:]
    assert "datasets.images.test: 'data/test' is not valid: a pattern is one of files" in line


def test_a_scenario_brings_its_own_data_and_model(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        task="mine",
        datasets={"photos": {"format": "folder", "root": "/photos"}},
        tasks={"mine": CONFIG["tasks"]["small"] | {"dataset": "photos"}},
    )
    assert config.tasks["mine"].dataset == "photos"


def test_two_files_cannot_mean_different_things_by_one_name(tmp_path: Path) -> None:
    text = mistakes(tmp_path, recipes={"short": {"epochs": 2, "learning_rate": 0.1}})
    assert "mine.yaml: recipes.short: this name already stands for something else" in text


@pytest.mark.parametrize("name", ["a b", "$(id)", "../up", "x;y", "-n", ""])
def test_names_that_a_shell_or_a_path_could_misread_are_refused(tmp_path: Path, name: str) -> None:
    text = mistakes(tmp_path, recipes={name: {"epochs": 1, "learning_rate": 0.1}})
    assert "is not a valid name: use letters, digits" in text


@pytest.mark.parametrize(
    "name", ["; rm -rf x", "a b", "$(id)", "`id`", "'", "-n", ".x", "a\nb", "x" * 65]
)
def test_the_name_of_a_scenario_s_file_is_a_name(tmp_path: Path, name: str) -> None:
    load(tmp_path)
    (tmp_path / "config/scenarios" / f"{name}.yaml").write_text("task: small")
    left_out = read_config(tmp_path, {}, VOCABULARY).left_out
    assert "is not a valid name of a scenario: use at most 64" in left_out[name][0]
    with pytest.raises(BudamaError, match=r"is not a valid name of a scenario: use at most 64"):
        read_config(tmp_path, {}, VOCABULARY, Asked(every=True))


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system [touch ran]", "!!python/name:os.x"]
)
def test_a_tag_that_would_run_something_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str
) -> None:
    monkeypatch.chdir(tmp_path)
    load(tmp_path)
    (tmp_path / "config/scenarios/evil.yaml").write_text(f"task: {tag}")
    with pytest.raises(
        BudamaError, match=r"evil.yaml: cannot be read: line 1, column 7: could not determine"
    ):
        read_config(tmp_path, {}, VOCABULARY, Asked(every=True))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "values",
    [
        {"task": "../../etc"},
        {"task": "a;b"},
        {"recipe": "$(id)"},
        {"methods": ["`id`"]},
        {"methods": ["wanda", "../wanda"]},
    ],
)
def test_a_scenario_names_nothing_that_is_no_name(tmp_path: Path, values: dict[str, Any]) -> None:
    assert "is not a valid name: use letters, digits" in mistakes(tmp_path, **values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"dataset": "../images"}, "is not a valid name"),
        ({"model": "timm/../x"}, "write it as timm/NAME"),
        ({"model": "timm/resnet18\n"}, "write it as timm/NAME"),
        ({"weights": "package:../../x"}, "write it as pretrained, random"),
        ({"weights": "file:/x\n; touch ran"}, "write it as pretrained, random"),
        ({"weights_sha256": "$(touch ran)"}, "is not a valid name"),
        ({"ignore": [{"a": 1}]}, "input should be a valid string"),
    ],
)
def test_a_task_names_nothing_that_climbs_or_runs(
    tmp_path: Path, values: dict[str, Any], said: str
) -> None:
    tasks = {"small": CONFIG["tasks"]["small"] | values}
    assert said in mistakes(tmp_path, config={"tasks": tasks})


@pytest.mark.parametrize("root", ["/data/{dataset}", "/data/a\nb", "/data/\x00"])
def test_a_path_that_snakemake_would_misread_is_refused(tmp_path: Path, root: str) -> None:
    """Braces are its wildcards; quotes and spaces, which a shell would read, do no harm."""
    images = {"format": "folder", "root": root}
    text = mistakes(tmp_path, config={"datasets": {"images": images}})
    assert "datasets.images.root: " in text
    assert "rename the folder, or set a link to it" in text
    images = {"format": "folder", "root": "/da ta/$(touch ran)'; \"x"}
    assert load(tmp_path, config={"datasets": {"images": images}})


def test_a_path_may_begin_at_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    images = {"format": "imagenet", "root": "~/birds", "val_labels": "~/labels.txt"}
    task = CONFIG["tasks"]["small"] | {"weights": "file:~/w.pth"}
    config = load(tmp_path, config={"datasets": {"images": images}, "tasks": {"small": task}})
    found = config.datasets["images"].model_dump()
    assert (found["root"], found["val_labels"]) == ("/home/me/birds", "/home/me/labels.txt")
    assert config.tasks["small"].weights == "file:/home/me/w.pth"


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (None, "a text is wanted, and nothing stands here; put it in quotes if it is null or ~"),
        ("", "'' is not valid: a path is wanted here, and this is empty"),
    ],
)
def test_a_root_that_is_nothing_is_refused(tmp_path: Path, root: Any, said: str) -> None:
    """YAML reads a bare ~ as nothing."""
    text = mistakes(tmp_path, config={"datasets": {"images": {"format": "folder", "root": root}}})
    assert f"datasets.images.root: {said}" in text


@pytest.mark.parametrize("device", ["cpu; touch ran", "$(id)", "cuda:0", "-1"])
def test_a_device_is_one_of_three_words(tmp_path: Path, device: str) -> None:
    text = mistakes(tmp_path, overrides={"compute": {"device": device}})
    assert "--config: compute.device: unknown value" in text


def test_a_budget_is_exactly_one_of_its_kinds(tmp_path: Path) -> None:
    for budget in ({}, {"channels": 0.1, "macs": 0.5}):
        text = mistakes(tmp_path, budgets=[budget])
        assert "budgets.0: give exactly one of channels, macs, params, size" in text
    config = load(tmp_path, budgets=[{"macs": 0.5, "round_to": 8}])
    (budget_found,) = config.scenarios["mine"].budgets
    assert budget_found.id == "macs-0.5-round8"
    assert type(budget_found).from_id(budget_found.id) == budget_found


def test_what_a_budget_in_latency_cannot_have_is_told_in_one_sentence(tmp_path: Path) -> None:
    for given in ({"round_to": "automatic"}, {"round_to": 0}, {"round_to": True}):
        text = mistakes(tmp_path, budgets=[{"macs": 0.5} | given])
        assert "one mistake" in text
        assert "is not valid: give a whole number from 1 to 256, or auto" in text
    assert "leave steps out" in mistakes(tmp_path, budgets=[{"latency": 0.5, "steps": 2}])
    assert "write it as {lose_at_most: 1.0}" in mistakes(tmp_path, answer=1.0)
    wanted = {"scenarios": ["mine"], "latency": {"skip": True}}
    text = mistakes(tmp_path, overrides=wanted, budgets=[{"latency": 0.5}])
    assert "latency.skip: the budget latency-0.5 of scenario 'mine' needs what is" in text
    load(tmp_path, overrides=wanted, budgets=[{"macs": 0.5}])


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / "config/scenarios/broken.yaml").write_text("methods: [wanda")
    with pytest.raises(BudamaError, match=r"config/scenarios/broken.yaml: cannot be read: .*line"):
        read_config(tmp_path, {}, VOCABULARY, BROKEN)
    (tmp_path / "config/scenarios/broken.yaml").write_text("- wanda")
    with pytest.raises(BudamaError, match=r"broken.yaml: must be a mapping of keys to values"):
        read_config(tmp_path, {}, VOCABULARY, BROKEN)


def test_a_cache_that_is_too_small_is_refused(tmp_path: Path) -> None:
    small = CONFIG["tasks"]["small"]
    text = mistakes(tmp_path, config={"tasks": {"small": small | {"cache": 16}}})
    assert "tasks.small: cache: 16 is below image_size: 32" in text
    assert load(tmp_path, config={"tasks": {"small": small | {"cache": 32}}}).tasks["small"].cache


@pytest.mark.parametrize(
    "given", [{"datasets": {"photos": {"root": "/y"}}}, {"tasks": {"own": {"seed": 3}}}]
)
def test_the_command_line_reaches_no_block_of_a_scenario(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    ((kind, blocks),) = given.items()
    (name,) = blocks
    text = mistakes(
        tmp_path,
        overrides=given,
        task="own",
        datasets={"photos": {"format": "folder", "root": "/photos"}},
        tasks={"own": CONFIG["tasks"]["small"] | {"dataset": "photos"}},
    )
    (line,) = text.splitlines()[1:]
    assert f"--config: {kind}.{name}: this stands in config/scenarios/mine.yaml" in line
    assert "reaches only what stands in config/config.yaml" in line


def test_a_dataset_of_torchvision_is_checked_by_name(tmp_path: Path) -> None:
    images = {"format": "torchvision", "name": "cifar", "root": "/data"}
    text = mistakes(tmp_path, config={"datasets": {"images": images}})
    assert "datasets.images.name: unknown value 'cifar': did you mean 'cifar10'?" in text
