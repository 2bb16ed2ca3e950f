from collections.abc import Callable
from pathlib import Path

import onnx
import onnxruntime
import pytest
import torch
from torch.nn.modules.module import register_module_forward_pre_hook

from budama.models.architecture import build
from budama.models.onnx.export import compare, to_onnx
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
