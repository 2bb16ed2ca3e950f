import torch
from torch import nn

from budama.models.architecture import build
from budama.pruning.graph import PruningGraph
from tests.inputs import TinyNet


def test_groups_name_their_layers_and_couplings(tiny_net: TinyNet) -> None:
    groups = {group.name: group for group in PruningGraph(tiny_net, 8).groups}
    assert {name: group.channels for name, group in groups.items()} == {"first": 4, "second": 6}
    coupled = groups["first"]
    assert {member.name for member in coupled.producers()} == {"first", "norm", "depthwise"}
    assert {member.name for member in coupled.consumers()} == {"depthwise", "second"}


def test_the_classifier_keeps_its_outputs() -> None:
    for name in ("timm/test_efficientnet", "timm/test_resnet", "torchvision/resnet18"):
        network = build(name, 7)
        groups = PruningGraph(network, 32).groups
        outputs = {m.name for g in groups for m in g.producers() if isinstance(m.module, nn.Linear)}
        assert outputs == set()
        assert groups


def test_building_the_graph_changes_nothing(tiny_net: TinyNet) -> None:
    before = {name: value.clone() for name, value in tiny_net.state_dict().items()}
    tiny_net.train()
    PruningGraph(tiny_net, 8)
    assert tiny_net.training
    for name, value in tiny_net.state_dict().items():
        assert torch.equal(value, before[name])
    assert not any(module._forward_hooks for module in tiny_net.modules())


def test_grouped_convolutions_are_cut_in_equal_parts() -> None:
    groups = {g.name: g for g in PruningGraph(build("torchvision/resnext50_32x4d", 10), 32).groups}
    assert groups["layer1.0.conv1"].copies == 32
    assert groups["layer1.0.conv1"].units == 4
    assert groups["conv1"].copies == 1


def test_layers_to_leave_alone_are_named_by_pattern(tiny_net: TinyNet) -> None:
    assert [g.name for g in PruningGraph(tiny_net, 8, ignore=["sec*"]).groups] == ["first"]
    # what is coupled to it stays, too
    assert [g.name for g in PruningGraph(tiny_net, 8, ignore=["depth*"]).groups] == ["second"]
