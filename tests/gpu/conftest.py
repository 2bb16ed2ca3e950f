"""What only a GPU can show; skipped, with the reason, where there is none."""

from pathlib import Path

import pytest

from budama.latency.providers import find_provider
from budama.system.errors import BudamaError
from tests.unit.latency.models import products


@pytest.fixture(scope="session", autouse=True)
def _needs_cuda(tmp_path_factory: pytest.TempPathFactory) -> None:
    model = products(tmp_path_factory.mktemp("gpu") / "1.onnx", 1)
    try:
        find_provider(Path(model), ["CUDA"])
    except BudamaError as error:
        pytest.skip(f"no GPU: {error}")
