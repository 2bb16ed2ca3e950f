"""Each criterion against its formula, written as plain loops over the network's own tensors."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest
import torch
from torch import nn

from budama.criteria.base import Calibration
from budama.criteria.registry import criterion_names, load_criterion
from budama.pruning.graph import PruningGraph
from budama.system.errors import BudamaError
from tests.inputs import TinyNet

torch.manual_seed(3)
BATCHES = [(torch.randn(4, 3, 8, 8), torch.tensor([0, 1, 2, 0])) for _ in range(3)]
IMAGES = torch.cat([images for images, _ in BATCHES])


def scores_of(
    name: str,
    network: nn.Module,
    batches: Callable[[], Iterable[Any]] = lambda: BATCHES,
    **options: Any,
) -> dict[str, torch.Tensor]:
    groups = PruningGraph(network, 8).groups
    return load_criterion(name, **options).scores(Calibration(network, groups, batches))


def inputs_of(network: TinyNet) -> dict[str, torch.Tensor]:
    """What the layers that read channels see, ``[images, channels, positions]``."""
    with torch.no_grad():
        first = torch.relu(network.norm(network.first(IMAGES)))
        middle = torch.relu(network.depthwise(first))
        last = torch.relu(network.second(middle)).mean((2, 3))
    return {
        "depthwise": first.flatten(2).double(),
        "second": middle.flatten(2).double(),
        "classifier": last[:, :, None].double(),
    }


def test_magnitude_is_the_mean_squared_norm_over_coupled_layers(tiny_net: TinyNet) -> None:
    found = scores_of("magnitude", tiny_net)["first"]
    for c in range(4):
        parts = [
            tiny_net.first.weight[c],
            tiny_net.norm.weight[c],
            tiny_net.depthwise.weight[c],
            tiny_net.second.weight[:, c],
        ]
        expected = sum(float(part.detach().double().square().sum()) for part in parts) / len(parts)
        assert float(found[c]) == pytest.approx(expected, rel=1e-5)


def test_magnitude_takes_any_norm(tiny_net: TinyNet) -> None:
    found = scores_of("magnitude", tiny_net, p=1)["second"]
    for c in range(6):
        parts = [tiny_net.second.weight[c], tiny_net.classifier.weight[:, c]]
        expected = sum(float(part.detach().double().abs().sum()) for part in parts) / 2
        assert float(found[c]) == pytest.approx(expected, rel=1e-5)


def test_fpgm_is_the_distance_to_the_other_filters(tiny_net: TinyNet) -> None:
    found = scores_of("fpgm", tiny_net)
    for c in range(4):
        expected = 0.0
        for layer in (tiny_net.first, tiny_net.depthwise):
            for other in range(4):
                gap = (layer.weight[c] - layer.weight[other]).detach().double()
                expected += float(gap.square().sum().sqrt()) / 2
        assert float(found["first"][c]) == pytest.approx(expected, rel=1e-5)


def test_bn_scale_is_the_norms_scale_and_leaves_other_layers_whole(tiny_net: TinyNet) -> None:
    with torch.no_grad():
        tiny_net.norm.weight.copy_(torch.tensor([0.5, -2, 1, 0]))
    found = scores_of("bn_scale", tiny_net)
    assert found.keys() == {"first"}
    assert found["first"].tolist() == [0.5, 2, 1, 0]


def test_bn_scale_refuses_a_model_without_norms() -> None:
    plain = nn.Sequential(nn.Conv2d(3, 4, 1), nn.Conv2d(4, 4, 1), nn.Flatten(), nn.Linear(256, 2))
    with pytest.raises(BudamaError, match="this model has none"):
        scores_of("bn_scale", plain)


def test_lamp_is_the_share_of_what_is_at_least_as_large(tiny_net: TinyNet) -> None:
    magnitude = scores_of("magnitude", tiny_net)["second"].tolist()
    found = scores_of("lamp", tiny_net)["second"]
    for c in range(6):
        larger = sum(value for value in magnitude if value >= magnitude[c])
        assert float(found[c]) == pytest.approx(magnitude[c] / larger, rel=1e-9)
    assert float(found.max()) == 1


def test_taylors_gate_is_behind_the_norm(tiny_net: TinyNet) -> None:
    found = scores_of("taylor", tiny_net, variant="gate")["first"]
    expected = torch.zeros(4, dtype=torch.float64)
    for images, labels in BATCHES:
        gate = torch.ones(4, requires_grad=True)
        hidden = tiny_net.norm(tiny_net.first(images)) * gate[None, :, None, None]
        hidden = torch.relu(tiny_net.depthwise(torch.relu(hidden)))
        logits = tiny_net.classifier(torch.relu(tiny_net.second(hidden)).mean((2, 3)))
        (change,) = torch.autograd.grad(nn.functional.cross_entropy(logits, labels), gate)
        expected += change.double().square() / len(BATCHES)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-12)


def test_coverage_by_sections_counts_the_parts_of_the_range_that_are_reached(
    tiny_net: TinyNet,
) -> None:
    k = 5
    found = scores_of("coverage", tiny_net, sections=k)["second"]
    images = inputs_of(tiny_net)["classifier"]
    low, high = images.amin((1, 2), keepdim=True), images.amax((1, 2), keepdim=True)
    values = ((images - low) / (high - low)).mean(2)
    for c in range(6):
        least, most = float(values[:, c].min()), float(values[:, c].max())
        reached = {
            min(k - 1, int((float(v) - least) / max(most - least, 1e-12) * k)) for v in values[:, c]
        }
        tie = 0.5 / k * float(values[:, c].mean())
        assert float(found[c]) == pytest.approx(len(reached) / k + tie, rel=1e-4)


def test_a_wrong_option_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        BudamaError, match="options of coverage: treshold: unknown key: did you mean"
    ):
        load_criterion("coverage", treshold=0.5)
    with pytest.raises(BudamaError, match="threshold: input should be less than 1"):
        load_criterion("coverage", threshold=2)


def test_taylor_squares_each_batch_before_it_averages(tiny_net: TinyNet) -> None:
    found = scores_of("taylor", tiny_net)["first"]
    expected = torch.zeros(4, dtype=torch.float64)
    for images, labels in BATCHES:
        tiny_net.zero_grad()
        nn.functional.cross_entropy(tiny_net(images), labels).backward()  # type: ignore[no-untyped-call]
        for layer in (tiny_net.first, tiny_net.depthwise):
            for c in range(4):
                change = (layer.weight[c] * layer.weight.grad[c]).detach().double().sum()  # type: ignore[index]
                expected[c] += float(change) ** 2 / len(BATCHES)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=0)


def test_taylor_gives_a_small_batch_the_square_of_its_share(tiny_net: TinyNet) -> None:
    """The gradient of few images is mostly noise: unweighted, a last batch of one could decide."""
    (images, labels), *_ = BATCHES
    whole, rest = (images, labels), (images[:1], labels[:1])
    both, first, last = (
        scores_of("taylor", tiny_net, batches)["first"]
        for batches in (lambda: [whole, rest], lambda: [whole], lambda: [rest])
    )
    share = 1 / (1 + len(images) ** 2)
    torch.testing.assert_close(both, (1 - share) * first + share * last, rtol=1e-5, atol=0)


def test_wanda_weighs_each_consumers_kernel_by_its_inputs_strength(tiny_net: TinyNet) -> None:
    found = scores_of("wanda", tiny_net)
    inputs = inputs_of(tiny_net)
    for c in range(4):
        expected = 0.0
        for name, kernel in (
            ("depthwise", tiny_net.depthwise.weight[c]),
            ("second", tiny_net.second.weight[:, c]),
        ):
            strength = inputs[name][:, c].square().mean().sqrt()
            expected += float(kernel.double().abs().mean() * strength)
        assert float(found["first"][c]) == pytest.approx(expected, rel=1e-5)
    for c in range(6):
        strength = inputs["classifier"][:, c].square().mean().sqrt()
        expected = float(tiny_net.classifier.weight[:, c].double().abs().mean() * strength)
        assert float(found["second"][c]) == pytest.approx(expected, rel=1e-5)


def test_coverage_counts_how_often_a_channel_fires(tiny_net: TinyNet) -> None:
    found = scores_of("coverage", tiny_net)["second"]
    fired, strength = torch.zeros(6, dtype=torch.float64), torch.zeros(6, dtype=torch.float64)
    for image in inputs_of(tiny_net)["classifier"]:
        low, high = image.min(), image.max()
        for c in range(6):
            value = ((image[c] - low) / (high - low)).mean()
            fired[c] += float(value > 0.25) / len(IMAGES)
            strength[c] += value / len(IMAGES)
    torch.testing.assert_close(found, fired + 0.5 / len(IMAGES) * strength, rtol=1e-5, atol=1e-9)


def test_coverage_ties_are_broken_without_changing_any_order(tiny_net: TinyNet) -> None:
    found = scores_of("coverage", tiny_net)["second"]
    frequency = (found * len(IMAGES)).floor() / len(IMAGES)
    assert (found - frequency).max() < 1 / len(IMAGES)


def test_random_depends_on_the_seed_alone(tiny_net: TinyNet) -> None:
    criterion = load_criterion("random")
    scores = scores_of("random", tiny_net)
    once, again, other = (criterion.for_seed(scores, seed) for seed in (1, 1, 2))
    assert all(torch.equal(once[name], again[name]) for name in scores)
    assert not torch.equal(once["second"], other["second"])


@pytest.mark.parametrize("name", criterion_names())
def test_every_criterion_scores_every_channel_and_leaves_the_network_alone(
    name: str, tiny_net: TinyNet
) -> None:
    before = {key: value.clone() for key, value in tiny_net.state_dict().items()}
    scores = scores_of(name, tiny_net)
    channels = {"second": 6, "first": 4}
    assert scores
    assert all(value.shape == (channels[key],) for key, value in scores.items())
    assert all(torch.isfinite(value).all() for value in scores.values())
    assert all(torch.equal(value, before[key]) for key, value in tiny_net.state_dict().items())
    assert not any(module._forward_pre_hooks for module in tiny_net.modules())


@pytest.mark.parametrize("name", ["coverage", "wanda"])
def test_hooks_go_even_when_a_batch_fails(name: str, tiny_net: TinyNet) -> None:
    def broken() -> Iterable[Any]:
        yield BATCHES[0]
        raise OSError("a disk failed")

    with pytest.raises(OSError, match="a disk failed"):
        scores_of(name, tiny_net, broken)
    assert not any(module._forward_pre_hooks for module in tiny_net.modules())


@pytest.mark.parametrize("name", ["coverage", "taylor", "wanda"])
def test_criteria_that_need_images_say_so(name: str, tiny_net: TinyNet) -> None:
    with pytest.raises(BudamaError, match="looks at calibration images, and there are none"):
        scores_of(name, tiny_net, lambda: [])


def test_an_unknown_criterion_is_refused_with_the_nearest() -> None:
    with pytest.raises(BudamaError, match="unknown method 'wnada': did you mean 'wanda'"):
        load_criterion("wnada")
