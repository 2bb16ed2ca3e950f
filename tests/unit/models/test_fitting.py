"""Checkpoints into networks: wrappings, prefixes, classifiers, what is missing and left over."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from budama.models.architecture import build
from budama.models.class_order import Outputs
from budama.models.fitting import heads_of
from budama.models.weights import dense_model
from budama.system.errors import BudamaError

SMALL = "timm/test_resnet"
DISTILLED = "timm/deit_tiny_distilled_patch16_224"
Tensors = dict[str, torch.Tensor]


def weights(model: str = SMALL, classes: int = 5) -> Tensors:
    torch.manual_seed(1)
    return dict(build(model, classes).state_dict())


def loaded(folder: Path, content: Any, classes: int = 5, **options: Any) -> Tensors:
    torch.save(content, folder / "w.pth")
    model = options.pop("model", SMALL)
    return dense_model(model, classes, f"file:{folder / 'w.pth'}", **options).state_dict()


def same(one: Tensors, other: Tensors, but: tuple[str, ...] = ()) -> bool:
    return all(torch.equal(one[k], other[k]) for k in other if not k.startswith(but or ("?",)))


def prefixed(state: Tensors, prefix: str) -> Tensors:
    return {f"{prefix}{name}": tensor for name, tensor in state.items()}


def optimiser() -> dict[str, Any]:
    layer = nn.Linear(2, 2)
    adam = torch.optim.Adam(layer.parameters())
    layer(torch.ones(1, 2)).sum().backward()
    adam.step()
    return adam.state_dict()


def compiled_inside(state: Tensors) -> Tensors:
    return {k.replace("layer1.", "layer1._orig_mod.", 1): v for k, v in state.items()}


WRAPPED: dict[str, Callable[[Tensors], Any]] = {
    "a bare dictionary": lambda s: s,
    "parameters": lambda s: {
        k: nn.Parameter(v, v.is_floating_point()) if v.is_floating_point() else v
        for k, v in s.items()
    },
    "state_dict": lambda s: {"state_dict": s, "epoch": 3, "best_prec1": 93.2},
    "model": lambda s: {"model": s, "optimizer": {"state": {0: {"exp_avg": torch.ones(3)}}}},
    "model_state_dict": lambda s: {"model_state_dict": s, "loss": torch.tensor(0.1)},
    "any other key, deeper": lambda s: {"run": {"last": {"weights": s}}},
    "module.": lambda s: {"state_dict": prefixed(s, "module.")},
    "_orig_mod.": lambda s: prefixed(s, "_orig_mod."),
    "of one part": compiled_inside,
    "stacked": lambda s: {"model": prefixed(s, "module._orig_mod.")},
    "Lightning's model.": lambda s: {
        "state_dict": prefixed(s, "model.") | {"criterion.weight": torch.ones(5)},
        "pytorch-lightning_version": "2.0",
    },
    "Lightning's net., compiled": lambda s: {"state_dict": prefixed(s, "net._orig_mod.")},
    "AveragedModel": lambda s: prefixed(s, "module.") | {"n_averaged": torch.tensor(3)},
    "counters of tools": lambda s: (
        s | {"total_ops": torch.zeros(1), "conv1.total_params": torch.zeros(1)}
    ),
    "half precision": lambda s: {
        k: v.half().float() if v.is_floating_point() else v for k, v in s.items()
    },
}


@pytest.mark.parametrize("how", WRAPPED)
def test_the_usual_wrappings_are_taken_off(tmp_path: Path, how: str) -> None:
    state = weights()
    if how == "half precision":
        state = WRAPPED[how](state)
    assert same(loaded(tmp_path, WRAPPED[how](state), as_it_is=True), state)


def test_what_was_found_is_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    content = {"state_dict": prefixed(weights(), "module.") | {"teacher": torch.ones(1)}}
    loaded(tmp_path, content)
    assert "those of 'state_dict', with 'module.' taken off their names" in caplog.text
    assert "1 tensors of other parts of the file are not used" in caplog.text


@pytest.mark.parametrize("key", ["ema", "model_ema", "state_dict_ema", "ema_state_dict", "swa"])
def test_averaged_weights_are_preferred(
    tmp_path: Path, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    plain, averaged = weights(), {k: 2 * v for k, v in weights().items()}
    assert same(loaded(tmp_path, {"state_dict": plain, key: averaged}), averaged)
    assert f"those of '{key}'" in caplog.text
    assert "not those of 'state_dict', which fit as well" in caplog.text


def test_averages_of_some_tensors_are_not(tmp_path: Path) -> None:
    """Many keep an average of the parameters alone: its batch norms would be those of nothing."""
    plain = weights()
    some = {k: 2 * v for k, v in plain.items() if "running" not in k}
    assert same(loaded(tmp_path, {"model": plain, "ema": some}), plain)


def test_where_two_fit_the_customary_one_is_meant(tmp_path: Path) -> None:
    one, other = weights(), {k: 2 * v for k, v in weights().items()}
    assert same(loaded(tmp_path, {"best": other, "state_dict": one}), one)
    with pytest.raises(BudamaError, match=r"w.pth: several networks .*'student', 'pupil'"):
        loaded(tmp_path, {"student": one, "pupil": other})


@pytest.mark.parametrize("form", ["pth", "safetensors"])
def test_counters_of_batches_may_be_missing(tmp_path: Path, form: str) -> None:
    state = {k: v for k, v in weights().items() if not k.endswith("num_batches_tracked")}
    assert len(state) < len(weights())
    if form == "pth":
        assert same(loaded(tmp_path, state, as_it_is=True), state)
    save_file(state, tmp_path / "w.safetensors")
    network = dense_model(SMALL, 5, f"file:{tmp_path / 'w.safetensors'}", as_it_is=True)
    assert same(network.state_dict(), state)


def test_formats_with_a_version_are_kept(tmp_path: Path) -> None:
    """MNASNet refuses to load what has no version; safetensors files have none."""
    model = "torchvision/mnasnet0_5"
    network = build(model, 5)
    torch.save({"state_dict": OrderedDict(network.state_dict())}, tmp_path / "w.pth")
    save_file(dict(network.state_dict()), tmp_path / "w.safetensors")
    whole = network.state_dict()  # with versions, behind a prefix
    behind = OrderedDict((f"module.{k}", v) for k, v in whole.items())
    behind._metadata = {f"module.{k}".rstrip("."): v for k, v in whole._metadata.items()}  # type: ignore[attr-defined]
    torch.save(behind, tmp_path / "behind.pth")
    for name in ("w.pth", "w.safetensors", "behind.pth"):
        found = dense_model(model, 5, f"file:{tmp_path / name}", as_it_is=True)
        assert same(found.state_dict(), dict(whole))


def test_a_classifier_of_another_width_is_replaced_where_it_is_trained(tmp_path: Path) -> None:
    state = weights(classes=1000)
    found = loaded(tmp_path, {"state_dict": prefixed(state, "module.")})
    assert found["fc.weight"].shape[0] == 5
    assert same(found, {k: v for k, v in state.items() if "fc." not in k})
    with pytest.raises(
        BudamaError, match=r"classifier is not that of .*fc.weight: \[1000, .*classes"
    ):
        loaded(tmp_path, state, as_it_is=True)


@pytest.mark.parametrize("model", [DISTILLED, "torchvision/squeezenet1_0"])
def test_so_are_several_and_those_that_are_convolutions(tmp_path: Path, model: str) -> None:
    state = weights(model, 9)
    heads = heads_of(build(model, 5), build(model, 6))
    assert len(heads) == (4 if model == DISTILLED else 2)
    found = loaded(tmp_path, state, model=model)
    assert all(found[name].shape[0] == 5 for name in heads)
    assert same(found, {k: v for k, v in state.items() if k not in heads})
    with pytest.raises(BudamaError, match="classifier is not that of the data's classes"):
        loaded(tmp_path, state, model=model, as_it_is=True)


def test_weights_without_a_classifier_are_for_training(tmp_path: Path) -> None:
    state = {k: v for k, v in weights().items() if not k.startswith("fc.")}
    assert same(loaded(tmp_path, state), state)
    with pytest.raises(BudamaError, match=r"2 missing \('fc.weight', 'fc.bias'\)"):
        loaded(tmp_path, state, as_it_is=True)


@pytest.mark.parametrize("model", [SMALL, DISTILLED])
def test_outputs_are_put_into_the_order_of_the_data(tmp_path: Path, model: str) -> None:
    state = weights(model, 9)
    found = loaded(tmp_path, state, 3, model=model, outputs=Outputs(9, (7, 0, 2)), as_it_is=True)
    for name in heads_of(build(model, 3), build(model, 4)):
        assert torch.equal(found[name], state[name][[7, 0, 2]])
    with pytest.raises(
        BudamaError, match=r"the order of the classes names 8, and .* has 9 outputs"
    ):
        loaded(tmp_path, state, 3, model=model, outputs=Outputs(8, (7, 0, 2)), as_it_is=True)


def deeper(state: Tensors) -> Tensors:
    return state | {"layer5.0.conv1.weight": torch.ones(2, 2, 3, 3)}


def without_a_layer(state: Tensors) -> Tensors:
    return {k: v for k, v in state.items() if not k.startswith("layer1.0.conv")}


def wider(state: Tensors) -> Tensors:
    return state | {"conv1.0.weight": torch.ones(99, 3, 3, 3)}


@pytest.mark.parametrize("as_it_is", [True, False])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (deeper, r"1 left over \('layer5.0.conv1.weight'\)"),
        (without_a_layer, r"\d missing \('layer1.0.conv1.weight'"),
        (wider, r"1 of another shape \(conv1.0.weight: \[99, 3, 3, 3\] in the file, \["),
        (lambda s: s | {"conv1.0.weight": s["conv1.0.weight"] * torch.nan}, "not finite"),
        (lambda s: s | {"conv1.0.weight": s["conv1.0.weight"].to_sparse()}, "not a plain tensor"),
        (lambda _: {"a": torch.ones(2)}, r"its tensors have names like 'a', and the network's are"),
        (lambda _: {"epoch": 3}, "it holds no tensors"),
        (lambda _: optimiser(), "it holds the state of an optimiser, and not the weights that it"),
        (lambda _: {"epoch": 3, "optimizer": optimiser()}, "it holds the state of an optimiser"),
        (lambda _: [1, 2, 3], "it holds no tensors"),
        (lambda _: torch.ones(3), "it holds no tensors"),
    ],
)
def test_what_does_not_fit_is_listed(
    tmp_path: Path, change: Callable[[Tensors], Any], said: str, as_it_is: bool
) -> None:
    with pytest.raises(BudamaError, match=f"w.pth: .*{said}"):
        loaded(tmp_path, change(weights()), as_it_is=as_it_is)


def test_weights_with_auxiliary_heads_fit_the_network_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nn.init, "trunc_normal_", lambda tensor, **_: tensor.data.normal_(0, 0.1))
    model = "torchvision/googlenet"
    state = weights(model)
    more = {"aux1.conv.conv.weight": torch.ones(2), "aux2.fc2.bias": torch.ones(1000)}
    assert same(loaded(tmp_path, state | more, model=model, as_it_is=True), state)
    old = {"AuxLogits.conv0.conv.weight": torch.ones(2)}
    assert same(loaded(tmp_path, state | old, model=model, as_it_is=True), state)


def test_published_weights_are_taken_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """They have a classifier of their own, whose rows ``outputs`` chooses."""
    state = weights("torchvision/resnet18", 1000)
    monkeypatch.setattr("budama.models.architecture._torchvisions_weights", lambda _: state)
    model = "torchvision/resnet18"
    chosen = Outputs(1000, (3, 999))
    found = dense_model(model, 2, "pretrained", outputs=chosen, as_it_is=True).state_dict()
    assert torch.equal(found["fc.bias"], state["fc.bias"][[3, 999]])
    with pytest.raises(BudamaError, match=r"pretrained weights of torchvision/resnet18: .*classes"):
        dense_model(model, 2, "pretrained", as_it_is=True)
