"""What the READMEs say about the configuration is true."""

import re
import shutil
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from budama.config.budget import Budget
from budama.config.data import (
    FashionMnist,
    Food101,
    ImageFolder,
    ImageNet,
    ParquetFiles,
    Table,
    TarShards,
    TorchvisionSet,
)
from budama.config.latency import Latency
from budama.config.plan import Plan
from budama.config.recipe import Augment, Recipe
from budama.config.schema import (
    Cluster,
    Compute,
    ConfigFile,
    ScenarioFile,
    Task,
    Threads,
    TitledPart,
)
from budama.workflow.configuration import load_config

ROOT = Path(__file__).parents[3]
FORMATS = (
    FashionMnist,
    ImageFolder,
    ImageNet,
    Food101,
    TorchvisionSet,
    Table,
    ParquetFiles,
    TarShards,
)
MODELS = (
    Budget,
    ConfigFile,
    ScenarioFile,
    TitledPart,
    Task,
    Recipe,
    Augment,
    Latency,
    Compute,
    Threads,
    Cluster,
    Plan,
    *FORMATS,
)


PAGE = (ROOT / "config/README.md").read_text()


def quoted(text: str) -> set[str]:
    return {word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", code)}


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    assert set(model.model_fields) <= quoted(PAGE)


@pytest.mark.parametrize("model", FORMATS)
def test_every_key_of_a_format_stands_in_its_row_with_its_default(model: type[BaseModel]) -> None:
    """But for the key ``format``, and the one that several have, in a sentence that names them."""
    (name,) = get_args(model.model_fields["format"].annotation)
    datasets = PAGE.partition("### datasets")[2].partition("####")[0]
    (row,) = re.findall(rf"^\| `{name}` \| (.*?) \|", datasets, re.MULTILINE)
    shared = re.search(
        r"`exif_orientation: false` stands in the dataset \(a key of (.*?);", PAGE, re.S
    )
    assert shared
    fields = dict(model.model_fields)
    assert ("exif_orientation" in fields) == (name in re.findall(r"`(.*?)`", shared[1]))
    fields.pop("exif_orientation", None)
    del fields["format"]
    assert set(re.findall(r"`(\w+)`(?: \(|,|$)", row)) == set(fields)
    for key, field in fields.items():
        if isinstance(field.default, str):
            assert re.search(rf"`{key}` \((default )?`{re.escape(field.default)}`\)", row)


@pytest.mark.parametrize("readme", ["README.md", "README.tr.md"])
def test_the_example_of_ones_own_data_and_model_is_valid(readme: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    example = re.search(r"```yaml\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)
    assert example
    (tmp_path / "config/scenarios/mine.yaml").write_text(example[1])
    config = load_config(tmp_path)
    assert config.tasks["mine"].model == "timm/resnet18"
    assert [budget.latency for budget in config.scenarios["mine"].budgets] == [0.7, 0.5]
    assert config.scenarios["mine"].recipe == ["ten-epochs"]


def test_the_scenarios_of_each_layout_are_valid(tmp_path: Path) -> None:
    page = (ROOT / "docs/data.md").read_text()
    scenarios = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    formats = set()
    for scenario in scenarios:
        assert len(scenario.splitlines()) == 5
        shutil.copytree(ROOT / "config", tmp_path / "config", dirs_exist_ok=True)
        (tmp_path / "config/scenarios/mine.yaml").write_text(scenario)
        config = load_config(tmp_path)
        task = config.tasks[config.scenarios["mine"].task]
        formats.add(config.datasets[task.dataset].format)
    assert formats == {"folder", "table", "parquet", "tar", "imagenet"}
