"""One set of photographs as folder, table, Parquet files and tar shards."""

import json
import pickle
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch

from budama.config.data import Calibration, Dataset
from budama.config.recipe import Recipe
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.data.sources import open_source
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.pruning.graph import PruningGraph
from budama.stages.audit import audit
from budama.stages.cache import cache
from budama.system.job.device import Execution
from budama.training.curve import Epoch
from budama.training.engine import TrainingJob, train
from tests.inputs import IN_THIS_PROCESS, prepared, split
from tests.layouts import in_every_layout, write_photographs

LAYOUTS = ("table", "parquet", "tar")
CLASSES = ["birch", "oak", "yew"]
SPEC = Input(size=24, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)
RECIPE = Recipe(epochs=1, batch_size=4, learning_rate=0.01)


@pytest.fixture(scope="module")
def layouts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Dataset]:
    root = tmp_path_factory.mktemp("layouts")
    return in_every_layout(write_photographs(root / "folder", CLASSES, 8, 3), root)


@pytest.fixture(scope="module")
def folders(
    layouts: dict[str, Dataset], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("prepared")
    for name, dataset in layouts.items():
        prepared(dataset, root / name, Calibration(batches=1, batch_size=4))
    return {name: root / name for name in layouts}


@pytest.fixture(scope="module")
def data(folders: dict[str, Path]) -> dict[str, PreparedData]:
    return {name: PreparedData.open(folder / "data") for name, folder in folders.items()}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_splits_are_the_same(layout: str, data: dict[str, PreparedData]) -> None:
    assert data[layout].classes == data["folder"].classes == CLASSES
    one, other = (data[name].splits.drop(columns="key") for name in ("folder", layout))
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_keys_find_the_same_images_also_in_another_process(
    layout: str, data: dict[str, PreparedData]
) -> None:
    there = pickle.loads(pickle.dumps(data[layout].source))
    one, other = data["folder"].splits, data[layout].splits
    for part, key, own_key, sha256 in zip(
        one["part"], one["key"], other["key"], one["sha256"], strict=True
    ):
        expected = data["folder"].source.read(part, key, sha256)
        assert there.read(part, own_key, sha256).tobytes() == expected.tobytes()


def test_scores_and_accuracy_are_the_same_bit_by_bit(data: dict[str, PreparedData]) -> None:
    scores, curves = zip(*(scored_and_trained(found) for found in data.values()), strict=True)
    for other in scores[1:]:
        assert all(torch.equal(values, other[name]) for name, values in scores[0].items())
    assert all(curve == curves[0] for curve in curves[1:])
    assert curves[0][-1].training_loss != curves[0][0].training_loss


def scored_and_trained(data: PreparedData) -> tuple[dict[str, torch.Tensor], list[Epoch]]:
    """Return the scores of an untrained network's channels, and how its training goes."""
    device = Execution("cpu").prepare(0)
    network = build("timm/test_resnet", len(CLASSES))
    groups = PruningGraph(network, SPEC.size, units=["channels"]).groups
    batches = evaluation_batches(data, "calibration", SPEC, 4)
    scores = calibration_scores(load_criterion("wanda"), network, groups, batches, device)
    return scores, train(network, TrainingJob(data, SPEC, RECIPE, 0, device))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_loader_processes_and_the_cache_read_the_same(
    layout: str, data: dict[str, PreparedData], folders: dict[str, Path], tmp_path: Path
) -> None:
    expected = all_of(data["folder"])
    assert torch.equal(all_of(data[layout], workers=2), expected)
    audited = folders[layout] / "audit"
    cache(audit=audited / "audit.json", pixels=100, folder=tmp_path, execution=IN_THIS_PROCESS)
    cached = split(audited, tmp_path / "data", Calibration(batches=1, batch_size=4), tmp_path)
    assert torch.equal(all_of(cached), expected)


def all_of(data: PreparedData, workers: int = 0) -> torch.Tensor:
    """Return the training images."""
    batches = evaluation_batches(data, "train", SPEC, 4, workers)
    return torch.cat([images for images, _ in batches])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_cannot_be_read_and_what_is_twice_is_found(layout: str, tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "folder", CLASSES, 4, 2)
    (tmp_path / "folder/train/oak/00001.jpg").write_bytes(b"no image")
    shutil.copy(tmp_path / "folder/train/yew/00002.jpg", tmp_path / "folder/test/yew/00000.jpg")
    dataset = in_every_layout(folder, tmp_path)[layout]
    audit(dataset=dataset, folder=tmp_path / "audit", execution=IN_THIS_PROCESS)
    found = json.loads((tmp_path / "audit/audit.json").read_text())
    (unreadable,) = found["unreadable"]
    assert unreadable["problem"] == "it is not an image of a known format"
    (twice,) = found["duplicates"]
    assert len(twice["train"]) == len(twice["test"]) == 1
    assert str(tmp_path) in open_source(dataset).place("train", unreadable["key"])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_drawn_test_part_is_that_of_the_folder(layout: str, tmp_path: Path) -> None:
    folder = write_photographs(tmp_path / "folder", CLASSES, 12, 0)
    few, splits = Calibration(batches=1, batch_size=4), []
    for name, dataset in in_every_layout(folder, tmp_path).items():
        if name in ("folder", layout):
            drawn = dataset.model_copy(update={"test": 0.25})
            splits.append(prepared(drawn, tmp_path / "prepared" / name, few).splits)
    assert (splits[0]["split"] == "test").sum() == 9
    one, other = (table.drop(columns="key") for table in splits)
    pd.testing.assert_frame_equal(one, other)
