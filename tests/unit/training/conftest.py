"""A tiny task to train on."""

from pathlib import Path

import pytest

from budama.config.data import Calibration, FashionMnist
from budama.data.prepared import PreparedData
from tests.inputs import prepared


@pytest.fixture(scope="session")
def data_folder(fashion_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    dataset = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    prepared(dataset, folder, Calibration(batches=1, batch_size=8))
    return folder / "data"


@pytest.fixture
def data(data_folder: Path) -> PreparedData:
    return PreparedData.open(data_folder)
