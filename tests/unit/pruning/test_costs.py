import pytest
import torch

from budama.models.architecture import build
from budama.models.figures import figures
from budama.pruning.costs import CostModel
from budama.pruning.graph import PruningGraph, keep_channels

FIGURE = {"macs": "macs", "params": "params", "size": "size_bytes"}


@pytest.mark.parametrize("kind", FIGURE)
@pytest.mark.parametrize(
    "model", ["timm/test_efficientnet", "torchvision/resnet18", "torchvision/resnext50_32x4d"]
)
def test_the_cost_of_a_cut_is_what_counting_the_cut_network_gives(model: str, kind: str) -> None:
    network = build(model, 10).eval()
    groups = PruningGraph(network, 64).groups
    cost = CostModel(network, groups, 64, kind)
    assert cost.whole == getattr(figures(network, 64), FIGURE[kind])
    lost = torch.tensor([(7 * i) % g.units for i, g in enumerate(groups)], dtype=torch.float64)
    expected = cost.of(lost)
    kept = {
        g.name: g.channels_of(range(int(n), g.units)) for g, n in zip(groups, lost, strict=True)
    }
    keep_channels(network, kept, 64)
    assert getattr(figures(network, 64), FIGURE[kind]) == pytest.approx(expected, rel=0.002)
