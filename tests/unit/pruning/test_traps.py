"""The traps of Torch-Pruning's own pruner: each is shown there, and must not be one here."""

from typing import Any

import pytest
import torch
import torch_pruning as tp
from torch import nn

from budama.api import prune_model
from budama.config.budget import Budget
from budama.criteria.base import Calibration
from budama.criteria.registry import load_criterion
from budama.models.architecture import build
from budama.models.figures import figures
from budama.pruning.graph import PruningGraph
from budama.pruning.selection import select

SIZE = 32
IMAGE = torch.zeros(1, 3, SIZE, SIZE)


def network() -> nn.Module:
    torch.manual_seed(0)
    return build("torchvision/resnet18", 10).eval()


def theirs(model: nn.Module, importance: Any, **settings: Any) -> nn.Module:
    ignored = [m for m in model.modules() if isinstance(m, nn.Linear)]
    tp.pruner.BasePruner(
        model, IMAGE, importance=importance, ignored_layers=ignored, **settings
    ).step()
    return model


def widths(model: nn.Module) -> dict[str, int]:
    return {n: m.out_channels for n, m in model.named_modules() if isinstance(m, nn.Conv2d)}


class Fixed(tp.importance.Importance):  # type: ignore[misc]
    """Scores by the number of channels of the group: a way to give Torch-Pruning any scores."""

    def __init__(self, scores: dict[int, torch.Tensor]) -> None:
        self.scores = scores

    def __call__(self, group: Any) -> torch.Tensor:
        return self.scores[len(group[0].idxs)]


def ours(scores: dict[int, torch.Tensor], budget: Budget) -> dict[str, float]:
    """The share of channels that each group of the network keeps under the global scope."""
    groups = PruningGraph(network(), SIZE).groups
    by_name = {group.name: scores[group.channels] for group in groups}
    kept = select(groups, by_name, "global", budget).kept
    return {group.name: len(kept[group.name]) / group.channels for group in groups}


NOISE = torch.Generator().manual_seed(0)
UNEVEN = {
    width: level * (1 + torch.rand(width, generator=NOISE))
    for width, level in ((64, 1.0), (128, 1e-3), (256, 1.0), (512, 1.5))
}
UNEVEN[128][:2] = 9.0  # Torch-Pruning skips a layer that would lose all


def test_1_and_2_no_layer_starves_in_the_global_scope() -> None:
    found = theirs(
        network(), Fixed(UNEVEN), pruning_ratio=0.3, global_pruning=True, max_pruning_ratio=0.8
    )
    dense = widths(network())
    assert min(width / dense[name] for name, width in widths(found).items()) < 0.05
    assert min(ours(UNEVEN, Budget(channels=0.3)).values()) >= 0.1


def test_3_ties_cut_what_was_asked() -> None:
    tied = {n: torch.where(torch.arange(n) < 0.6 * n, 0.1, 1.0) for n in UNEVEN}
    dense = sum(widths(network()).values())
    found = theirs(network(), Fixed(tied), pruning_ratio=0.3, global_pruning=True)
    assert sum(widths(found).values()) / dense < 0.5  # 30% was asked
    kept = ours(tied, Budget(channels=0.3))
    groups = PruningGraph(network(), SIZE).groups
    left = sum(kept[group.name] * group.channels for group in groups)
    total = sum(group.channels for group in groups)
    assert round(left) == int(total * 0.7 + 1e-9)


def test_4_scores_that_are_all_zero_rank_by_index() -> None:
    normalised = tp.importance.GroupMagnitudeImportance(p=2)._normalize(torch.zeros(4), "mean")
    assert normalised.isnan().all()
    zeros = {n: torch.zeros(n) for n in UNEVEN}
    assert min(ours(zeros, Budget(channels=0.3)).values()) >= 0.1


class Norms(nn.Module):
    """A convolution, its norm, a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.classifier = nn.Linear(4, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.classifier(self.norm(self.first(images)).mean((2, 3)))
        return logits


raw_taylor = tp.importance.GroupTaylorImportance(normalizer=None)


def by_torch_pruning(model: nn.Module) -> Any:
    """Torch-Pruning's own group of the layer ``first``."""
    graph = tp.DependencyGraph().build_dependency(model, torch.rand(1, 3, 4, 4))
    layer = model.get_submodule("first")
    return graph.get_pruning_group(layer, tp.prune_conv_out_channels, list(range(4)))


def test_5_taylor_counts_the_norm_and_batches_do_not_cancel() -> None:
    model = Norms().eval()
    group = PruningGraph(model, 4).groups[0]
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    model.norm.weight.grad = torch.full((4,), 5.0)
    assert float(raw_taylor(by_torch_pruning(model)).abs().max()) == 0

    class Signed(nn.Module):
        """A loss that pulls one way for label 0 and the other way for label 1."""

        def forward(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
            return (logits.sum(1) * (1 - 2 * labels)).mean()

    images = torch.rand(2, 3, 4, 4)
    opposed = [(images, torch.zeros(2)), (images, torch.ones(2))]
    model.zero_grad()
    for batch, labels in opposed:
        Signed()(model(batch), labels).backward()
    assert float(raw_taylor(by_torch_pruning(model)).abs().max()) < 1e-5
    for variant in ("filter", "gate"):
        calibration = Calibration(model, [group], lambda: opposed, Signed())
        scores = load_criterion("taylor", variant=variant).scores(calibration)["first"]
        assert float(scores.min()) > 1e-5


def test_6_every_sample_counts() -> None:
    """Torch-Pruning's Hessian keeps the gradients of the last sample alone."""
    model = Norms().eval()
    group = PruningGraph(model, 4).groups[0]
    hessian = tp.importance.GroupHessianImportance()

    def accumulated(samples: list[torch.Tensor]) -> torch.Tensor:
        hessian.zero_grad()
        for sample in samples:
            model.zero_grad()
            model(sample).square().sum().backward()
            hessian.accumulate_grad(model)
        scores: torch.Tensor = hessian(by_torch_pruning(model))
        return scores

    strong, weak = torch.rand(1, 3, 4, 4) * 10, torch.rand(1, 3, 4, 4)
    torch.testing.assert_close(accumulated([strong, weak]), accumulated([weak]))
    labels = torch.zeros(1, dtype=torch.long)
    taylor = load_criterion("taylor")
    samples = [(strong, labels), (weak, labels)]
    both = taylor.scores(Calibration(model, [group], lambda: samples))["first"]
    last = taylor.scores(Calibration(model, [group], lambda: samples[1:]))["first"]
    assert not torch.allclose(both, last, rtol=0.1)


def test_7_the_layer_scope_cuts_the_lowest_of_its_own_layer() -> None:
    """Torch-Pruning's ``isomorphic`` ranks across layers and cuts by a foreign index."""
    scores = {n: torch.arange(n, 0, -1).float() for n in UNEVEN}
    groups = PruningGraph(network(), SIZE).groups
    kept = select(
        groups, {g.name: scores[g.channels] for g in groups}, "layer", Budget(channels=0.25)
    ).kept
    for group in groups:
        assert kept[group.name] == list(range(group.channels * 3 // 4))
    try:
        found = theirs(
            network(), Fixed(scores), pruning_ratio=0.25, isomorphic=True, global_pruning=False
        )
    except (IndexError, RuntimeError):
        return
    assert widths(found) != {name: width * 3 // 4 for name, width in widths(network()).items()}


def test_8_rounding_names_what_it_leaves_whole() -> None:
    model = nn.Sequential(nn.Conv2d(3, 6, 1), nn.Conv2d(6, 64, 1), nn.Flatten(), nn.Linear(1024, 2))
    image = torch.zeros(1, 3, 4, 4)
    groups = PruningGraph(model, image).groups
    found = select(
        groups,
        {group.name: torch.rand(group.channels) for group in groups},
        "layer",
        Budget(channels=0.5, round_to=8),
    )
    assert {name: len(kept) for name, kept in found.kept.items()} == {"0": 6, "1": 32}
    assert found.too_small == ["0"]


def test_9_a_target_for_macs_is_met_where_a_ratio_misses() -> None:
    dense = figures(network(), SIZE).macs
    by_ratio, _, _ = prune_model(network(), IMAGE, [], "magnitude", "layer", {"channels": 0.3})
    assert figures(by_ratio, SIZE).macs / dense < 0.6  # 70% of the channels are left
    by_target, _, _ = prune_model(network(), IMAGE, [], "magnitude", "layer", {"macs": 0.7})
    assert figures(by_target, SIZE).macs / dense == pytest.approx(0.7, rel=0.01)
