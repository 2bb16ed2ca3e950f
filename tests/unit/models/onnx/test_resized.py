"""The dense graph with other channel counts, against the export of a network that was cut."""

import copy
from collections.abc import Sequence
from typing import NamedTuple

import onnx
import pytest
import torch
from torch import nn
from torch.nn import functional

from budama.models.onnx.export import to_onnx
from budama.models.onnx.resized import Resizable
from budama.models.onnx.session import logits, open_session
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.sizes import layer_sizes

PIXELS = 8
BATCHES = (1, 3)


class Everything(nn.Module):
    """What a cut must not get wrong.

    A residual block, a depthwise convolution with squeeze-and-excitation, a convolution in groups,
    channels side by side, a linear layer at each position, and one that reads all positions.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.stem_norm = nn.BatchNorm2d(16)
        self.block = nn.Conv2d(16, 24, 1)
        self.back = nn.Conv2d(24, 16, 3, padding=1, bias=False)
        self.back_norm = nn.BatchNorm2d(16)
        self.expand = nn.Conv2d(16, 32, 1)
        self.depthwise = nn.Conv2d(32, 32, 3, padding=1, groups=32, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(32)
        self.squeeze = nn.Conv2d(32, 8, 1)
        self.excite = nn.Conv2d(8, 32, 1)
        self.left = nn.Conv2d(32, 12, 1)
        self.right = nn.Conv2d(32, 16, 3, padding=1, groups=4)
        self.norm = nn.BatchNorm2d(28)  # behind no convolution alone: it stays in the graph
        self.join = nn.Conv2d(28, 6, 1)
        self.mix = nn.Linear(6, 6)
        self.hidden = nn.Linear(6 * 4 * 4, 10, bias=False)
        self.classifier = nn.Linear(10, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        stem = torch.relu(self.stem_norm(self.stem(images)))
        hidden = torch.relu(stem + self.back_norm(self.back(torch.relu(self.block(stem)))))
        hidden = functional.hardswish(self.depthwise_norm(self.depthwise(self.expand(hidden))))
        gate = self.excite(torch.relu(self.squeeze(functional.adaptive_avg_pool2d(hidden, 1))))
        hidden = hidden * torch.sigmoid(gate)
        hidden = torch.cat([self.left(hidden), self.right(hidden)], 1)
        hidden = torch.relu(self.join(torch.relu(self.norm(hidden))))
        hidden = torch.relu(self.mix(hidden.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))
        hidden = torch.relu(self.hidden(hidden.flatten(1)))
        logits: torch.Tensor = self.classifier(hidden)
        return logits


class Exported(NamedTuple):
    """A network's graph, its groups, some widths, and the real export of that cut."""

    network: nn.Module
    dense: onnx.ModelProto
    groups: Sequence[ChannelGroup]
    widths: dict[str, int]
    cut: onnx.ModelProto


@pytest.fixture(scope="module")
def exported() -> Exported:
    torch.manual_seed(0)
    network = Everything().eval()
    for layer in network.modules():  # as trained: none of them is the identity
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.bias)
            nn.init.uniform_(layer.get_buffer("running_mean"))
    groups = PruningGraph(network, PIXELS).groups
    widths = {g.name: max(1, g.units * (2 + i % 3) // 5) for i, g in enumerate(groups)}
    smaller = copy.deepcopy(network)
    kept = {g.name: g.channels_of(range(widths[g.name])) for g in groups}
    keep_channels(smaller, kept, PIXELS)
    dense, cut = (onnx.load_from_string(to_onnx(net, PIXELS, {})) for net in (network, smaller))
    return Exported(network, dense, groups, widths, cut)


def resizable(exported: Exported) -> Resizable:
    return Resizable(exported.dense, exported.network)


def resized(exported: Exported) -> onnx.ModelProto:
    sizes = layer_sizes(exported.groups, exported.widths)
    return onnx.load_from_string(resizable(exported).resized(sizes))


def operators(model: onnx.ModelProto) -> list[tuple[str, dict[str, object]]]:
    return [
        (node.op_type, {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute})
        for node in model.graph.node
    ]


def shapes_read(model: onnx.ModelProto) -> list[list[tuple[int, ...]]]:
    """The shapes of the weights that each node has."""
    shapes = {entry.name: tuple(entry.dims) for entry in model.graph.initializer}
    return [[shapes[name] for name in node.input if name in shapes] for node in model.graph.node]


def test_operators_and_the_shapes_of_all_weights_are_those_of_a_real_export(
    exported: Exported,
) -> None:
    found = resized(exported)
    assert operators(found) == operators(exported.cut)
    assert shapes_read(found) == shapes_read(exported.cut)
    assert shapes_read(found) != shapes_read(exported.dense)
    assert {kind for kind, _ in operators(found)} >= {"BatchNormalization", "Concat", "Gemm"}


@pytest.mark.parametrize("batch", BATCHES)
def test_it_runs_with_any_batch(exported: Exported, batch: int) -> None:
    session = open_session(resized(exported).SerializeToString(), torch.device("cpu"), 1)
    found = logits(session, torch.randn(batch, 3, PIXELS, PIXELS))
    assert found.shape == (batch, 3)
    assert found.isfinite().all()


def test_the_whole_graph_gives_what_the_dense_model_does(exported: Exported) -> None:
    whole = resizable(exported).resized(layer_sizes(exported.groups, {}))
    images = torch.randn(2, 3, PIXELS, PIXELS)
    found = logits(open_session(whole, torch.device("cpu"), 1), images)
    with torch.no_grad():
        assert torch.allclose(found, exported.network(images), atol=1e-4)


def test_every_node_with_weights_is_its_layer_s(exported: Exported) -> None:
    known = resizable(exported)
    owners = {known.owner(node) for node in exported.dense.graph.node} - {None}
    layers = {n for n, m in exported.network.named_modules() if isinstance(m, nn.Conv2d)}
    assert owners == layers | {"norm", "mix", "hidden", "classifier"}


def test_a_fingerprint_is_of_the_architecture_and_not_of_its_weights(exported: Exported) -> None:
    own = resizable(exported).fingerprint
    trained = copy.deepcopy(exported.dense)
    for entry in trained.graph.initializer:
        if entry.name == "join.weight":
            values = onnx.numpy_helper.to_array(entry) + 1
            entry.CopyFrom(onnx.numpy_helper.from_array(values, entry.name))
    assert Resizable(trained, exported.network).fingerprint == own
    assert Resizable(exported.cut, exported.network).fingerprint != own
