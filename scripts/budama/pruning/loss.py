"""What the loss would rise by if a layer's channels went, and their readers were refitted.

So the scores of a criterion say in which order a layer's channels go, and this says how layers
compare. What a reader loses is what the channels that stay cannot explain (its covariance given
theirs, as in the optimal brain surgeon: Hassibi and Stork, NeurIPS 1992; for structures with
Kronecker factors: Wang et al., EigenDamage, ICML 2019, and Kurtic et al., ZipLM, NeurIPS 2023);
what that costs is half its product with the curvature of the loss in the reader's outputs, for
which the diagonal of Fisher's information stands. Needs no labels: Fisher's information is over
what the network itself predicts.
"""

from collections.abc import Iterable, Sequence
from functools import partial

import torch
from scipy.optimize import isotonic_regression
from torch import nn

from budama.models.outputs import logits_of
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Member
from budama.pruning.order import Scores
from budama.pruning.repair.norms import Batch, evaluating

# Relative to the mean variance of a reader's inputs: channels that are copies of each other stay
# solvable. A reader of more inputs than this (after a flattening) is taken to explain nothing.
RIDGE = 1e-3
WIDEST = 4096
MOST_IMAGES = 1024
# Positions of a batch that a reader's moments are taken over, where it does not read more channels
ENOUGH_ROWS = 8192


class _Seen:
    """Of a reader: moments of its inputs over images and positions, and of the loss's gradients."""

    def __init__(self, member: Member) -> None:
        self.diagonal = member.width > WIDEST
        self.draw = torch.Generator().manual_seed(0)
        self.rows = 0
        # moments are taken about the first batch's mean: of inputs that hardly vary beside their
        # mean, float32 would leave no covariance
        self.centre: torch.Tensor | None = None
        self.total: torch.Tensor | float = 0.0
        self.square: torch.Tensor | float = 0.0
        self.gradients: torch.Tensor | float = 0.0

    def look(
        self, layer: nn.Module, inputs: tuple[torch.Tensor, ...], outputs: torch.Tensor
    ) -> None:
        """Add a batch of inputs, and the gradients of the loss in the outputs when they come."""
        rows = _rows(layer, inputs[0].detach())
        enough = max(ENOUGH_ROWS, 4 * rows.shape[1])
        if len(rows) > enough:
            # at random: every so many-th would be those of a few columns of the image
            chosen = torch.randint(len(rows), (enough,), generator=self.draw)
            rows = rows[chosen.to(rows.device)]
        if self.centre is None:
            self.centre = rows.mean(0)
        rows = rows - self.centre
        self.rows += len(rows)
        self.total = rows.sum(0).double() + self.total
        square = rows.square().sum(0) if self.diagonal else rows.T @ rows
        self.square = square.double() + self.square
        outputs.register_hook(partial(self._pull, layer))  # type: ignore[no-untyped-call]

    def _pull(self, layer: nn.Module, gradients: torch.Tensor) -> None:
        self.gradients = _rows(layer, gradients.detach()).square().sum(0).double() + self.gradients

    def covariance(self) -> torch.Tensor:
        """Return that of the inputs, ``[inputs, inputs]``, or the variances, ``[inputs]``."""
        assert isinstance(self.total, torch.Tensor)
        assert isinstance(self.square, torch.Tensor)
        mean = self.total / self.rows
        apart = mean.square() if self.diagonal else torch.outer(mean, mean)
        return (self.square / self.rows - apart).cpu()


class Sensitivity:
    """How the loss of ``network`` depends on what its groups' readers read, over some images.

    One forward and one backward pass over ``batches``.
    """

    def __init__(
        self, network: nn.Module, groups: Sequence[ChannelGroup], batches: Iterable[Batch]
    ) -> None:
        self._seen = {m.name: _Seen(m) for group in groups for m in _readers(group)}
        self._images = 0
        hooks = [
            network.get_submodule(name).register_forward_hook(seen.look)
            for name, seen in self._seen.items()
        ]
        weights = {parameter: parameter.requires_grad for parameter in network.parameters()}
        try:
            with evaluating(network), torch.inference_mode(False), torch.enable_grad():
                network.requires_grad_(requires_grad=False)
                self._pass(network, batches)
        finally:
            for hook in hooks:
                hook.remove()
            for parameter, had in weights.items():
                parameter.requires_grad_(had)

    def _pass(self, network: nn.Module, batches: Iterable[Batch]) -> None:
        draw = torch.Generator().manual_seed(0)
        for images, _ in batches:
            if self._images >= MOST_IMAGES:
                return
            # a copy of the leaf, which no layer might change in place
            outputs = logits_of(network(images.clone().requires_grad_().clone()))
            # drawn on the CPU, so that every device draws the same
            drawn = torch.multinomial(outputs.detach().softmax(1).cpu(), 1, generator=draw)[:, 0]
            loss = nn.functional.cross_entropy(outputs, drawn.to(outputs.device), reduction="sum")
            loss.backward()  # type: ignore[no-untyped-call]
            self._images += len(images)

    def losses(self, groups: Sequence[ChannelGroup], scores: Scores) -> Scores:
        """Return what each channel's loss adds to the loss, ``[channels]`` by group name.

        Channels go in the order of ``scores``, the lowest first; of equal scores, the lower index
        stays. The values keep that order: where a later channel costs less than an earlier one,
        both have their mean (isotonic regression). A group that no convolution or linear layer
        reads is left out: what it costs is not known, and it stays whole.
        """
        return {
            group.name: self._of(group, scores[group.name])
            for group in groups
            if group.name in scores and any(map(self._ran, _readers(group)))
        }

    def _ran(self, member: Member) -> bool:
        seen = self._seen[member.name]
        return seen.rows > 0 and isinstance(seen.gradients, torch.Tensor)

    def _of(self, group: ChannelGroup, scores: torch.Tensor) -> torch.Tensor:
        units = group.unit_scores(scores.double())
        best_first = torch.argsort(units, descending=True, stable=True)
        rises = torch.zeros(group.units, dtype=torch.float64)
        for member in _readers(group):
            own = self._rise(group, member, best_first)
            rises += own
        marginal = isotonic_regression(rises.flip(0).numpy()).x
        # an order also where the values are equal
        apart = torch.arange(group.units, dtype=torch.float64) * 1e-12 * max(marginal.mean(), 1e-30)
        values = torch.empty(group.units, dtype=torch.float64)
        values[best_first.flip(0)] = torch.from_numpy(marginal.copy()) + apart
        # what has to stay is not ranked
        return torch.where(group.unit_of >= 0, values[group.unit_of], 0.0)

    def _rise(self, group: ChannelGroup, member: Member, best_first: torch.Tensor) -> torch.Tensor:
        """Return by how much the loss rises with each unit that goes, the best first."""
        if not self._ran(member):
            return torch.zeros(group.units, dtype=torch.float64)
        seen = self._seen[member.name]
        assert isinstance(seen.gradients, torch.Tensor)
        inputs, unit_of = _inputs_in_order(group, member, best_first)
        curvature = (seen.gradients.cpu() / self._images).sqrt()
        weights = _weights(member)
        weights = weights[:, inputs] * curvature.repeat_interleave(
            len(weights) // len(curvature)
        ).unsqueeze(1)
        covariance = seen.covariance()
        if seen.diagonal:
            own = weights.square().sum(0) * covariance[inputs].clamp_min(0)
        else:
            chosen = covariance[inputs][:, inputs]
            ridge = RIDGE * chosen.diagonal().mean().clamp_min(1e-12)
            # its tail is the covariance of what goes given what stays, for every width at once
            factor = torch.linalg.cholesky(chosen + ridge * torch.eye(len(inputs)).double())
            own = (weights @ factor).square().sum(0)
        rises = torch.zeros(group.units, dtype=torch.float64)
        return rises.index_add_(0, unit_of, own / 2)


def _readers(group: ChannelGroup) -> list[Member]:
    """Return the convolutions and linear layers that read the group's channels."""
    return [
        member
        for member in group.members
        if member.side == "in"
        and member.filters
        and isinstance(member.module, nn.Conv2d | nn.Linear)
    ]


def _rows(layer: nn.Module, values: torch.Tensor) -> torch.Tensor:
    """Return ``[images x positions, channels]``."""
    if isinstance(layer, nn.Conv2d):
        return values.movedim(1, -1).flatten(0, -2)
    return values.flatten(0, -2)


def _weights(member: Member) -> torch.Tensor:
    """Return a reader's weights, ``[outputs x kernel positions, inputs]``, grouped ones in full."""
    weight = member.module.weight
    assert isinstance(weight, torch.Tensor)
    flat = weight.detach().cpu().double().flatten(1).reshape(*weight.shape[:2], -1)
    groups = member.module.groups if isinstance(member.module, nn.Conv2d) else 1
    outputs, inputs, positions = flat.shape
    whole = torch.zeros(outputs, inputs * groups, positions, dtype=torch.float64)
    for part in range(groups):
        rows = slice(part * outputs // groups, (part + 1) * outputs // groups)
        whole[rows, part * inputs : (part + 1) * inputs] = flat[rows]
    return whole.transpose(1, 2).reshape(outputs * positions, inputs * groups)


def _inputs_in_order(
    group: ChannelGroup, member: Member, best_first: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the reader's inputs in the order of the group's units, and each one's place in it."""
    place = torch.empty(group.units, dtype=torch.int64)
    place[best_first] = torch.arange(group.units)
    units = group.unit_of[member.root]
    can_go = units >= 0
    own, places = member.own[can_go], place[units[can_go]]
    order = torch.argsort(places, stable=True)
    return own[order], places[order]
