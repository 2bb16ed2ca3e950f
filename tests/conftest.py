"""What all tests share: the same random numbers, one thread, the smallest inputs."""

from pathlib import Path

import pytest
import torch

from tests.inputs import TinyNet, write_fashion_mnist

# Threads that wait for each other cost more than they bring on networks this small.
torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _same_random_numbers_every_time() -> None:
    torch.manual_seed(0)


@pytest.fixture(scope="session")
def fashion_mnist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fashion_mnist(tmp_path_factory.mktemp("images"))


@pytest.fixture
def tiny_net() -> TinyNet:
    torch.manual_seed(0)
    return TinyNet().eval()
