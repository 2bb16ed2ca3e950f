"""A tiny task to train on."""

from pathlib import Path

import pytest

from budama.config.data import Calibration, FashionMnist
from budama.data.prepare import PreparedData, prepare


@pytest.fixture(scope="session")
def data_folder(fashion_mnist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    dataset = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    prepare(dataset, 0.25, Calibration(batches=1, batch_size=8), 0, folder)
    return folder


@pytest.fixture
def data(data_folder: Path) -> PreparedData:
    return PreparedData.open(data_folder)
