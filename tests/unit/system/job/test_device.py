import pytest
import torch

from budama.system.errors import BudamaError
from budama.system.job.device import Execution


def test_a_gpu_that_is_wanted_but_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BudamaError, match="device 'cuda' is wanted, but torch sees no GPU"):
        Execution("cuda").prepare()
    assert Execution("auto").prepare().type == "cpu"
