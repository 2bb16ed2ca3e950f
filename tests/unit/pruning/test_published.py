"""The structure that the user's reports published, recomputed without data."""

import pytest
import torch
import torch_pruning as tp
from torch import nn

from budama.config.budget import Budget
from budama.models.architecture import build
from budama.models.figures import figures
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.selection import select

MIB = 2**20


@pytest.mark.parametrize(
    ("model", "classes", "size", "mib_before", "mib_after", "size_change", "macs_change"),
    [
        ("torchvision/resnet50", 1000, 224, 97.70, 79.67, -18.4, -19.1),
        ("torchvision/efficientnet_b4", 101, 380, 68.11, 55.34, -18.8, None),
    ],
)
def test_published_structure(
    model: str,
    classes: int,
    size: int,
    mib_before: float,
    mib_after: float,
    size_change: float,
    macs_change: float | None,
) -> None:
    """TS3 and TS5: 10% layer-wise; the structure does not depend on the scores."""
    network = build(model, classes).eval()
    before = figures(network, size)
    groups = PruningGraph(network, 64).groups
    scores = {group.name: torch.rand(group.channels) for group in groups}
    kept = select(groups, scores, "layer", Budget(channels=0.1)).kept
    keep_channels(network, kept, 64)
    after = figures(network, size)
    assert round(before.size_bytes / MIB, 2) == mib_before
    assert round(after.size_bytes / MIB, 2) == mib_after
    # TS5's 18.747% was published as 18.8: by way of 18.75
    assert round(100 * (after.size_bytes / before.size_bytes - 1), 2) == pytest.approx(
        size_change, abs=0.0501
    )
    if macs_change is not None:
        assert round(100 * (after.macs / before.macs - 1), 1) == macs_change
    assert shapes(network) == shapes(by_torch_pruning(model, classes))


def by_torch_pruning(model: str, classes: int) -> nn.Module:
    network = build(model, classes).eval()
    classifier = [m for m in network.modules() if isinstance(m, nn.Linear)][-1]
    tp.pruner.BasePruner(
        network,
        torch.zeros(1, 3, 64, 64),
        importance=tp.importance.GroupMagnitudeImportance(p=2),
        pruning_ratio=0.1,
        ignored_layers=[classifier],
    ).step()
    return network


def shapes(network: nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in network.state_dict().items()}
