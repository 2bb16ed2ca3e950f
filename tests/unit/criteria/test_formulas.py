"""Each criterion against its published formula: plain float64 loops on random networks."""

import copy
import math
from collections.abc import Callable, Iterator

import pytest
import torch
from hypothesis import given, settings
from torch import nn

from budama.criteria.base import Batch, Calibration
from budama.criteria.registry import load_criterion
from budama.pruning.graph import PruningGraph
from tests.unit.criteria.random_networks import Channels, RandomNet, networks

Formula = Callable[[RandomNet, list[Batch], Channels], list[float]]
THRESHOLD, SECTIONS = 0.25, 4


def batches() -> list[Batch]:
    generator = torch.Generator().manual_seed(1)
    return [
        (torch.randn(3, 3, 4, 4, generator=generator), torch.tensor([0, 1, 2])) for _ in range(2)
    ]


def written(layer: nn.Module, channel: int) -> list[float]:
    """The weights of a filter."""
    weights: list[float] = layer.weight[channel].flatten().tolist()  # type: ignore[index]
    return weights


def read(layer: nn.Module, channel: int) -> list[float]:
    """The weights by which a layer reads a channel."""
    if isinstance(layer, nn.Linear):
        return [float(row[channel]) for row in layer.weight]
    assert isinstance(layer, nn.Conv2d)
    inputs = layer.in_channels // layer.groups
    filters = layer.out_channels // layer.groups
    own_group = range(channel // inputs * filters, (channel // inputs + 1) * filters)
    return [float(w) for f in own_group for w in layer.weight[f, channel % inputs].flatten()]


def is_depthwise(layer: nn.Module) -> bool:
    return isinstance(layer, nn.Conv2d) and layer.groups == layer.out_channels > 1


def coupled(channels: Channels, channel: int) -> Iterator[list[float]]:
    for layer in channels.writers + channels.norms:
        yield written(layer, channel)
    for layer in channels.readers:
        if layer not in channels.writers or not is_depthwise(layer):
            yield read(layer, channel)


def magnitude(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    result = []
    for c in range(channels.width):
        parts = [sum(w * w for w in part) for part in coupled(channels, c)]
        result.append(sum(parts) / len(parts))
    return result


def lamp(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    squares = magnitude(network, data, channels)
    return [s / sum(other for other in squares if other >= s) for s in squares]


def fpgm(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    layers = channels.writers
    return [
        sum(
            math.dist(written(layer, c), written(layer, other))
            for layer in layers
            for other in range(channels.width)
        )
        / len(layers)
        for c in range(channels.width)
    ]


def bn_scale(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    norms = channels.norms
    return [sum(abs(*written(n, c)) for n in norms) / len(norms) for c in range(channels.width)]


def taylor(layers: list[nn.Module], network: RandomNet, data: list[Batch]) -> list[float]:
    """Squares of the sums of gradient x value, averaged over batches, summed over ``layers``."""
    result = [0.0] * len(layers[0].bias)  # type: ignore[arg-type]
    for images, labels in data:
        network.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()  # type: ignore[no-untyped-call]
        for layer in layers:
            weight, bias = layer.weight, layer.bias
            for c in range(len(result)):
                values = [*written(layer, c), float(bias[c])]  # type: ignore[index]
                slopes = [*weight.grad[c].flatten().tolist(), float(bias.grad[c])]  # type: ignore
                change = sum(v * s for v, s in zip(values, slopes, strict=True))
                result[c] += change**2 / len(data)
    return result


def taylor_filter(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    return taylor(channels.writers, network, data)


def taylor_gate(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    return taylor(channels.norms or channels.writers, network, data)


def seen(network: RandomNet, data: list[Batch], layer: nn.Module) -> list[torch.Tensor]:
    """What ``layer`` read of each image, ``[channels, positions]``."""
    images = []
    for batch, _ in data:
        network(batch)
        images += [image.reshape(image.shape[0], -1) for image in network.seen[layer]]
    return images


def wanda(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    result = [0.0] * channels.width
    for layer in channels.readers:
        images = seen(network, data, layer)
        for c in range(channels.width):
            weights = written(layer, c) if is_depthwise(layer) else read(layer, c)
            values = [float(v) for image in images for v in image[c]]
            strength = math.sqrt(sum(v * v for v in values) / len(values))
            result[c] += sum(map(abs, weights)) / len(weights) * strength
    return result


def channel_values(network: RandomNet, data: list[Batch], layer: nn.Module) -> list[list[float]]:
    """The scaled mean value of each channel, image by image."""
    rows = []
    for image in seen(network, data, layer):
        low, high = float(image.min()), float(image.max())
        width = max(high - low, 1e-12)
        rows.append([sum((float(v) - low) / width for v in c) / len(c) for c in image])
    return rows


def copies(channels: Channels) -> int:
    """How many channels go at once: the same one of each of a grouped convolution's groups."""
    layers = [layer for layer in channels.writers + channels.readers if not is_depthwise(layer)]
    return math.lcm(*(getattr(layer, "groups", 1) for layer in layers))


def coverage(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    result = [0.0] * channels.width
    for layer in channels.readers:
        rows = channel_values(network, data, layer)
        for c in range(channels.width):
            values = [row[c] for row in rows]
            fired = sum(v > THRESHOLD for v in values) / len(values)
            mean = sum(values) / len(values) / len(channels.readers)
            tie = 0.5 / len(values) / copies(channels) * mean
            result[c] += (fired + tie) / len(channels.readers)
    return result


def coverage_sections(network: RandomNet, data: list[Batch], channels: Channels) -> list[float]:
    result = [0.0] * channels.width
    for layer in channels.readers:
        rows = channel_values(network, data, layer)
        for c in range(channels.width):
            values = [row[c] for row in rows]
            low, width = min(values), max(max(values) - min(values), 1e-12)
            reached = {min(SECTIONS - 1, int((v - low) / width * SECTIONS)) for v in values}
            mean = sum(values) / len(values) / len(channels.readers)
            tie = 0.5 / SECTIONS / copies(channels) * mean
            result[c] += (len(reached) / SECTIONS + tie) / len(channels.readers)
    return result


@pytest.mark.parametrize(
    ("criterion", "options", "formula"),
    [
        ("magnitude", {}, magnitude),
        ("lamp", {}, lamp),
        ("fpgm", {}, fpgm),
        ("bn_scale", {}, bn_scale),
        ("taylor", {"variant": "filter"}, taylor_filter),
        ("taylor", {"variant": "gate"}, taylor_gate),
        ("wanda", {}, wanda),
        ("coverage", {"threshold": THRESHOLD}, coverage),
        ("coverage", {"threshold": THRESHOLD, "sections": SECTIONS}, coverage_sections),
    ],
)
def test_scores_are_the_formulas(
    criterion: str, options: dict[str, object], formula: Formula
) -> None:
    """Within 1e-5 of the layer's largest score, the network in float32 and the loops in float64.

    Not for gradients: their own rounding in float32 is larger, so that both get float64 ones.
    """

    @settings(max_examples=50, deadline=None, derandomize=True, database=None)
    @given(network=networks())
    def agrees(network: RandomNet) -> None:
        scored = [c for c in network.shared if c.norms or criterion != "bn_scale"]
        if not scored:
            return
        exact = copy.deepcopy(network).double()
        data = [(images.double(), labels) for images, labels in batches()]
        chosen = load_criterion(criterion, **options)
        if chosen.needs == "gradients":
            calibration = Calibration(exact, PruningGraph(exact, data[0][0]).groups, lambda: data)
        else:
            calibration = Calibration(network, PruningGraph(network, 4).groups, batches)
        found = chosen.scores(calibration)
        assert found.keys() == {channels.name for channels in scored}
        for channels in exact.shared:
            if channels.name in found:
                expected = torch.tensor(formula(exact, data, channels), dtype=torch.float64)
                bound = 1e-5 * float(expected.abs().max())
                torch.testing.assert_close(found[channels.name], expected, rtol=0, atol=bound)

    agrees()
