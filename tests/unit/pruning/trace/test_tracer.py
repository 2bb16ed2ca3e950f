"""One run of a network with labels on its channels."""

import copy

import pytest
import torch
from timm.layers import LayerNormAct2d, RmsNorm2d, RmsNormAct2d
from torch import nn

from budama.pruning.trace.tracer import tensors_in, trace
from tests.inputs import TinyNet

IMAGE = torch.zeros(1, 3, 8, 8)


def test_the_network_is_left_as_it_was(tiny_net: TinyNet) -> None:
    tiny_net.train()
    before = copy.deepcopy(tiny_net.state_dict())
    with torch.inference_mode():
        trace(tiny_net, IMAGE, "inner")
    assert tiny_net.training and all(p.requires_grad for p in tiny_net.parameters())
    assert all(tensor.equal(before[name]) for name, tensor in tiny_net.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in tiny_net.modules())
    assert torch.backends.mha.get_fastpath_enabled()


def test_what_it_returns_stays_and_the_image_does(tiny_net: TinyNet) -> None:
    found = trace(tiny_net, IMAGE, "inner")
    for key in (("first", "weight", 1), ("classifier", "weight", 0), ("classifier", "bias", 0)):
        assert not found.labels.unit(found.axes[key].labels).any()
    assert found.running[:2] == ["", "first"]
    assert not found.split and not found.unknown


def test_what_runs_in_training_alone_is_followed() -> None:
    class Extra(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.make, self.head, self.side = (nn.Linear(192, 8), nn.Linear(8, 2), nn.Linear(8, 2))

        def forward(self, images: torch.Tensor) -> object:
            hidden = self.make(images.flatten(1))
            if self.training:
                return {"logits": self.head(hidden), "side": [self.side(hidden)]}
            return self.head(hidden)

    found = trace(Extra().eval(), IMAGE, "inner")
    units = [
        found.labels.unit(found.axes[key].labels)
        for key in (("make", "weight", 0), ("head", "weight", 1), ("side", "weight", 1))
    ]
    assert units[0].equal(units[1]) and units[0].equal(units[2]) and units[0].all()
    assert not found.labels.unit(found.axes["side", "weight", 0].labels).any()


def test_training_that_does_not_run_is_no_mistake() -> None:
    class Broken(TinyNet):
        def __init__(self) -> None:
            super().__init__()
            self.never = nn.Linear(3, 3)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            if self.training:
                raise RuntimeError("only for inference")
            return super().forward(images)

    found = trace(Broken(), IMAGE, "inner")
    assert found.labels.unit(found.axes["first", "weight", 0].labels).all()


@pytest.mark.parametrize(("split", "axis"), [("inner", 2), ("outer", 1)])
def test_where_channels_are_split_one_axis_can_be_cut(split: str, axis: int) -> None:
    class Split(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.make, self.head = nn.Linear(192, 12), nn.Linear(12, 2)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            parts = 2 * self.make(images.flatten(1)).view(-1, 3, 4)
            logits: torch.Tensor = self.head(parts.flatten(1))
            return logits

    found = trace(Split(), IMAGE, split)  # type: ignore[arg-type]
    assert found.split
    units = found.labels.unit(found.axes["make", "weight", 0].labels).view(3, 4)
    assert len(set(units.flatten().tolist())) == (4 if split == "inner" else 3)
    assert found.labels.varying(units) == [axis - 1]


def test_tensors_are_found_wherever_they_are() -> None:
    one, two, three, four = (torch.zeros(n) for n in range(4))

    class Output:
        def __init__(self) -> None:
            self.logits, self.more = one, {"a": [two, (three, "text")], "b": None}

    assert [len(t) for t in tensors_in([Output(), four, 5])] == [0, 1, 2, 3]


@pytest.mark.parametrize("norm", [RmsNorm2d, RmsNormAct2d, LayerNormAct2d])
def test_a_norm_that_holds_its_activation_lets_channels_through(norm: type[nn.Module]) -> None:
    network = nn.Sequential(nn.Conv2d(3, 8, 1), norm(8), nn.Conv2d(8, 5, 1)).eval()
    found = trace(network, torch.zeros(1, 3, 4, 4), "inner")
    made, scaled, read = (
        found.labels.unit(found.axes[name, "weight", axis].labels).tolist()
        for name, axis in (("0", 0), ("1", 0), ("2", 1))
    )
    assert made == scaled == read
    assert len(set(made)) == 8
    assert 0 not in made
