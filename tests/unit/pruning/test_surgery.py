import pytest
import torch

from budama.models.architecture import build
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.surgery import add_biases
from budama.system.errors import BudamaError
from tests.inputs import TinyNet


def test_the_cut_network_is_the_dense_one_with_those_channels_silenced(tiny_net: TinyNet) -> None:
    images = torch.randn(2, 3, 8, 8)
    silenced = TinyNet().eval()
    silenced.load_state_dict(tiny_net.state_dict())
    with torch.no_grad():
        silenced.second.weight[:, [1, 2]] = 0  # what reads channels 1 and 2 of the first group
        silenced.classifier.weight[:, 5] = 0
    keep_channels(tiny_net, {"first": [0, 3], "second": [0, 1, 2, 3, 4]}, 8)
    assert tiny_net.first.weight.shape == (2, 3, 3, 3)
    assert tiny_net.depthwise.groups == 2
    torch.testing.assert_close(tiny_net(images), silenced(images))


@pytest.mark.parametrize("name", ["timm/test_efficientnet", "timm/test_resnet"])
def test_real_networks_still_run(name: str) -> None:
    network = build(name, 5).eval()
    groups = PruningGraph(network, 32).groups
    keep_channels(network, {g.name: list(range(0, g.channels, 2)) for g in groups}, 32)
    after = {group.name: group.channels for group in PruningGraph(network, 32).groups}
    assert after == {group.name: (group.channels + 1) // 2 for group in groups}
    assert network(torch.zeros(1, 3, 32, 32)).shape == (1, 5)


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        ({"secnd": [0]}, "no prunable layer 'secnd': did you mean 'second'"),
        ({"second": [6]}, "layer 'second' has 6 channels"),
        ({"second": []}, "layer 'second' has 6 channels"),
    ],
)
def test_a_cut_that_does_not_fit_is_refused(
    tiny_net: TinyNet, kept: dict[str, list[int]], message: str
) -> None:
    with pytest.raises(BudamaError, match=message):
        keep_channels(tiny_net, kept, 8)
    assert tiny_net.second.out_channels == 6


def test_layers_are_given_a_bias_of_zeros(tiny_net: TinyNet) -> None:
    images = torch.randn(2, 3, 8, 8)
    before = tiny_net(images)
    add_biases(tiny_net, ["first"])
    assert tiny_net.first.bias is not None and tiny_net.first.bias.requires_grad
    assert tiny_net(images).equal(before)


@pytest.mark.parametrize("name", ["second", "norm", "third", "first.weight"])
def test_what_cannot_be_given_a_bias_is_refused(name: str, tiny_net: TinyNet) -> None:
    with pytest.raises(BudamaError, match=f"no layer '{name}' that could be given a bias"):
        add_biases(tiny_net, [name])
