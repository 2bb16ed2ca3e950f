"""The dense model as it comes: the order of its classes, and whether it is any good."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import nn

from budama.config.data import Calibration, FashionMnist, Preprocessing
from budama.data.prepared import PreparedData
from budama.pruning.rebuild import load_model
from budama.stages.dense import dense
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from budama.training.resuming import Resuming
from tests.inputs import prepared

# Fashion-MNIST's stand-in has a bright bar at the height of the class: this network reads it off
NETWORK = """
import torch
from torch import nn

class Reader(nn.Module):
    def __init__(self, classes, size=28):
        super().__init__()
        self.rows = nn.Linear(size, classes, bias=False)
    def forward(self, images):
        return self.rows(images.mean((1, 3)))
"""
CLASSES = 10


def rows(order: list[int]) -> torch.Tensor:
    """Return weights by which output ``i`` stands for the class ``order[i]``."""
    weight = torch.zeros(len(order), 28)
    for output, label in enumerate(order):
        weight[output, 2 * label + 4 : 2 * label + 7] = 1.0
    return weight


@pytest.fixture(scope="module")
def data(fashion_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    dataset = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    prepared(dataset, folder, Calibration(batches=1, batch_size=4))
    return folder / "data"


def as_it_comes(data: Path, folder: Path, weight: torch.Tensor, **changes: Any) -> Path:
    (folder / "net.py").write_text(NETWORK)
    torch.save({"state_dict": {"module.rows.weight": weight}}, folder / "w.th")
    settings: dict[str, Any] = {
        **{"model": f"file:{folder / 'net.py'}:Reader", "options": {}},
        **{"weights": f"file:{folder / 'w.th'}", "weights_sha256": None},
        **{"order": None, "order_sha256": None, "batch_size": 16, "image_size": 28},
        **{"preprocessing": Preprocessing(), "recipe": None, "seed": 0},
    }
    dense(
        **settings | changes,
        data=data,
        output=folder / "model.safetensors",
        curve=folder / "curve.csv",
        execution=Execution("cpu"),
        resuming=Resuming(),
    )
    return folder / "model.safetensors"


def test_it_is_not_changed_and_its_accuracy_is_the_curve(data: Path, tmp_path: Path) -> None:
    weight = rows(list(range(CLASSES)))
    network, description = load_model(as_it_comes(data, tmp_path, weight), own_code=True)
    assert torch.equal(network.state_dict()["rows.weight"], weight)
    assert description.provenance["recipe"] is None and description.provenance["kept_epoch"] == 0
    curve = pd.read_csv(tmp_path / "curve.csv")
    assert curve["epoch"].tolist() == [0] and curve["validation_accuracy_pct"][0] == 100


def test_outputs_in_another_order_are_refused_and_a_file_mends_it(
    data: Path, tmp_path: Path
) -> None:
    reverse = list(reversed(range(CLASSES)))
    with pytest.raises(BudamaError) as refused:
        as_it_comes(data, tmp_path, rows(reverse))
    text = str(refused.value)
    for word in ("no better than chance", "order of the classes", "preprocessing", "weights"):
        assert word in text
    assert "In another order of its outputs it would be" in text
    assert not (tmp_path / "model.safetensors").exists()
    names = PreparedData.open(data).classes
    order = tmp_path / "classes.txt"
    order.write_text("\n".join(names[i] for i in reverse))
    path = as_it_comes(data, tmp_path, rows(reverse), order=str(order))
    assert pd.read_csv(tmp_path / "curve.csv")["validation_accuracy_pct"][0] == 100
    assert json.loads(path.with_suffix(".json").read_text())["classes"] == names


def test_of_weights_for_more_classes_those_of_the_data_are_kept(data: Path, tmp_path: Path) -> None:
    names = PreparedData.open(data).classes
    order = tmp_path / "classes.txt"
    order.write_text("\n".join(["something", *names, "else"]))
    weight = torch.cat([torch.full((1, 28), 9.0), rows(list(range(CLASSES))), torch.ones(1, 28)])
    with pytest.raises(BudamaError, match=r"w.th: the weights' classifier is not that of the data"):
        as_it_comes(data, tmp_path, weight)
    network, _ = load_model(as_it_comes(data, tmp_path, weight, order=str(order)), own_code=True)
    assert torch.equal(network.state_dict()["rows.weight"], weight[1:-1])


def test_weights_that_know_nothing_are_refused(data: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    with pytest.raises(BudamaError, match="no better than chance") as refused:
        as_it_comes(data, tmp_path, 1e-3 * nn.init.normal_(torch.empty(CLASSES, 28)))
    assert "In another order" not in str(refused.value)
    assert not (tmp_path / "curve.csv").exists()
