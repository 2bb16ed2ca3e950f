from collections.abc import Callable
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_pre_hook

from budama.models.architecture import build
from budama.models.figures import figures
from budama.models.onnx.export import compare, to_onnx
from budama.models.onnx.macs import count_macs
from budama.models.preprocessing import Input
from budama.models.store import save_model
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError
from tests.inputs import TinyNet


@pytest.fixture(scope="module")
def exported() -> tuple[torch.nn.Module, bytes]:
    torch.manual_seed(0)
    network = build("timm/test_efficientnet", 5).eval()
    return network, to_onnx(network, 32, {"architecture": "timm/test_efficientnet"})


def test_any_batch_size_agrees_with_torch(exported: tuple[torch.nn.Module, bytes]) -> None:
    for batch in (1, 3):
        found = compare(*exported, torch.randn(batch, 3, 32, 32))
        assert found["largest_difference"] < 1e-4
        assert found["top1_agreement_pct"] == 100


def test_the_file_stands_alone_and_says_what_it_is(
    exported: tuple[torch.nn.Module, bytes],
) -> None:
    model = onnx.load_from_string(exported[1])
    assert {entry.key: entry.value for entry in model.metadata_props} == {
        "architecture": "timm/test_efficientnet"
    }
    assert not any(onnx.external_data_helper.uses_external_data(t) for t in model.graph.initializer)
    assert str(Path(torch.__file__).parents[1]).encode() not in exported[1]
    session = onnxruntime.InferenceSession(exported[1], providers=["CPUExecutionProvider"])
    assert [entry.name for entry in session.get_inputs()] == ["images"]


def nothing(*_: object) -> None:
    """A hook that changes no figure but the time."""


def forward(network: TinyNet) -> Callable[[], None]:
    return network.second.register_forward_hook(nothing).remove


def before(network: TinyNet) -> Callable[[], None]:
    return network.second.register_forward_pre_hook(nothing).remove


def everywhere(_: TinyNet) -> Callable[[], None]:
    return register_module_forward_pre_hook(nothing).remove


@pytest.mark.parametrize(
    ("leave", "where"), [(forward, "second"), (before, "second"), (everywhere, "all modules")]
)
def test_a_hook_that_is_left_behind_is_refused(
    leave: Callable[[TinyNet], Callable[[], None]], where: str, tiny_net: TinyNet
) -> None:
    """As calibration of the activation-based methods may leave one, and time it with the model."""
    remove = leave(tiny_net)
    try:
        with pytest.raises(BudamaError, match=rf"forward hooks are left on {where}\b.*remove\(\)"):
            to_onnx(tiny_net, 16, {})
    finally:
        remove()


def test_a_stored_model_carries_no_hooks(tmp_path: Path) -> None:
    network = build("timm/test_efficientnet", 3)
    calls: list[int] = []
    for layer in network.modules():
        layer.register_forward_hook(lambda *_: calls.append(1))
    save_model(
        tmp_path / "model.safetensors",
        network,
        architecture="timm/test_efficientnet",
        classes=["a", "b", "c"],
        spec=Input(size=32, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0),
        kept={},
        provenance={},
    )
    rebuilt, _ = load_model(tmp_path / "model.safetensors")
    calls.clear()
    rebuilt(torch.zeros(1, 3, 32, 32))
    assert calls == []
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in rebuilt.modules())


def test_a_model_that_differs_is_noticed(
    exported: tuple[torch.nn.Module, bytes], tiny_net: TinyNet
) -> None:
    other = build("timm/test_efficientnet", 5).eval()
    assert compare(other, exported[1], torch.randn(8, 3, 32, 32))["largest_difference"] > 1e-2


class Heads(nn.Module):
    """Two heads over one convolution; ``answer`` is what they are returned in."""

    def __init__(self, answer: Callable[[torch.Tensor, torch.Tensor], object]) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, 3)
        self.head, self.auxiliary = nn.Linear(8, 5), nn.Linear(8, 5)
        self.answer = answer

    def forward(self, images: torch.Tensor) -> object:
        features = self.convolution(images).mean((2, 3))
        return self.answer(self.head(features), self.auxiliary(features))


@pytest.mark.parametrize(
    "answer",
    [
        lambda main, other: (main, other),
        lambda main, other: [main, None, other],
        lambda main, other: {"auxiliary": other, "logits": main},
    ],
    ids=["tuple", "list", "dictionary"],
)
def test_the_logits_are_the_only_output_of_the_file(answer: Callable[..., object]) -> None:
    network = Heads(answer)
    content = to_onnx(network, 16, {})
    model = onnx.load_from_string(content)
    assert [entry.name for entry in model.graph.output] == ["logits"]
    assert "convolution.weight" in {tensor.name for tensor in model.graph.initializer}
    assert compare(network, content, torch.randn(3, 3, 16, 16))["largest_difference"] < 1e-5
    assert type(network) is Heads


class Reads(Heads):
    def forward(self, images: torch.Tensor) -> object:
        return super().forward(images if images.sum() > 0 else -images)


class Fixed(Heads):
    def forward(self, images: torch.Tensor) -> object:
        return super().forward(images.reshape(2, 3, 16, 16))


@pytest.mark.parametrize(
    "network", [Reads(lambda main, _: main), Fixed(lambda main, _: main)], ids=["branch", "batch"]
)
def test_what_the_exporter_refuses_is_a_sentence(network: nn.Module) -> None:
    with pytest.raises(BudamaError, match="cannot be exported to ONNX at 16 pixels") as error:
        to_onnx(network, 16, {})
    assert "\n" not in str(error.value)


def test_attention_in_the_file_costs_what_the_network_is_said_to(tmp_path: Path) -> None:
    """In the file it is products of matrices; norms are counted in the network alone."""
    network = build("timm/test_vit", 5)
    path = tmp_path / "model.onnx"
    path.write_bytes(to_onnx(network, 160, {}))
    assert figures(network, 160).macs == pytest.approx(count_macs(path), rel=0.015)
