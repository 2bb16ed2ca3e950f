"""Statistics that a cut left wrong are measured on batches; nothing else of the network changes."""

import copy

import pytest
import torch
from torch import nn

from budama.pruning.repair import norms as module
from budama.pruning.repair.norms import has_norms, measure_norms, move_norm
from budama.system.errors import BudamaError

Batches = list[tuple[torch.Tensor, torch.Tensor]]


def network() -> nn.Sequential:
    """Return a network whose second norm would see zeros if dropout were on."""
    return nn.Sequential(
        nn.Conv2d(3, 4, 3, bias=False),
        nn.BatchNorm2d(4, momentum=0.3),
        nn.Dropout(0.99),
        nn.Conv2d(4, 5, 1),
        nn.BatchNorm2d(5),
    ).eval()


def batches(*sizes: int) -> Batches:
    return [(torch.randn(size, 3, 6, 6) * 2 + 1, torch.zeros(size)) for size in sizes]


def statistics(layer: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    assert isinstance(layer, nn.BatchNorm2d)
    assert layer.running_mean is not None and layer.running_var is not None
    return layer.running_mean, layer.running_var


def moments(outputs: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the means over batches of their means and unbiased variances."""
    means = torch.stack([x.mean((0, 2, 3)) for x in outputs]).mean(0)
    variances = [x.transpose(0, 1).flatten(1).var(1) for x in outputs]
    return means, torch.stack(variances).mean(0)


@torch.no_grad()
def test_statistics_are_the_mean_of_those_of_all_batches_without_dropout() -> None:
    net, images = network(), batches(8, 8, 8)
    measure_norms(net, images)
    first = [net[0](x) for x, _ in images]
    torch.testing.assert_close(statistics(net[1]), moments(first))
    # a norm reads what norms before it give while they are measured: each batch by its own
    normed = [nn.functional.batch_norm(x, None, None, training=True) for x in first]
    torch.testing.assert_close(statistics(net[4]), moments([net[3](x) for x in normed]))


def test_nothing_but_statistics_changes() -> None:
    net = network()
    net[2].train()
    net[4].train()
    modes = {name: layer.training for name, layer in net.named_modules()}
    before = copy.deepcopy(net.state_dict())
    measure_norms(net, batches(8, 8))
    assert {name: layer.training for name, layer in net.named_modules()} == modes
    assert [net[1].momentum, net[4].momentum] == [0.3, 0.1]
    changed = {name for name, value in net.state_dict().items() if not value.equal(before[name])}
    names = ("running_mean", "running_var", "num_batches_tracked")
    assert changed == {f"{norm}.{name}" for norm in (1, 4) for name in names}
    assert all(values.grad is None and values.requires_grad for values in net.parameters())


def test_a_smaller_last_batch_is_left_out() -> None:
    """One image of its own would count as much as eight."""
    whole = batches(8, 8, 3)
    nets = network(), network()
    nets[1].load_state_dict(nets[0].state_dict())
    measure_norms(nets[0], whole)
    measure_norms(nets[1], whole[:2])
    assert statistics(nets[0][1])[0].equal(statistics(nets[1][1])[0])


def test_no_more_images_are_read_than_norms_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_IMAGES", 16)
    unread = iter(batches(8, 8, 8, 8))
    net = network()
    measure_norms(net, unread)
    assert statistics(net[1])[0].isfinite().all()
    assert net[1].num_batches_tracked == 2
    assert len(list(unread)) == 1  # the third was asked for, and not used


def test_single_images_are_refused_where_they_have_no_statistics() -> None:
    net = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.BatchNorm2d(3))
    net[1].eval()
    with pytest.raises(BudamaError, match=r"single images: give a larger calibration\.batch_size"):
        measure_norms(net, batches(1, 1))
    assert net[1].momentum == 0.1 and not net[1].training


def test_no_images_are_refused() -> None:
    with pytest.raises(BudamaError, match="there are none"):
        measure_norms(network(), [])


def test_an_error_of_the_network_is_not_taken_for_single_images() -> None:
    with pytest.raises(RuntimeError, match="channels"):
        measure_norms(network(), [(torch.zeros(8, 5, 6, 6), torch.zeros(8))])


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv2d(3, 3, 1),
        nn.GroupNorm(1, 3),
        nn.BatchNorm2d(3, track_running_stats=False),
        nn.InstanceNorm2d(3),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_networks_without_such_statistics_are_left_alone(layer: nn.Module) -> None:
    net = nn.Sequential(layer)
    before = copy.deepcopy(net.state_dict())
    assert not has_norms(net)
    measure_norms(net, iter(()))
    assert all(value.equal(before[name]) for name, value in net.state_dict().items())


@torch.no_grad()
def test_a_norm_is_moved_by_as_much_as_what_it_reads_has_moved() -> None:
    norm = nn.BatchNorm2d(3)
    dense = [torch.randn(4, 5, 6, 6, dtype=torch.float64) for _ in range(2)]
    kept = torch.tensor([True, False, True, False, True])
    scale = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64).view(3, 1, 1)
    for values in statistics(norm):
        values[:] = torch.tensor([1.0, 2.0, 3.0])
    move_norm(norm, [scale * x[:, kept] + 5 for x in dense], dense, kept)
    means = torch.cat(dense).mean((0, 2, 3))[kept]
    expected = torch.tensor([1.0, 2.0, 3.0]) + 5 + (scale.flatten() - 1) * means
    torch.testing.assert_close(norm.running_mean, expected.float())
    expected = torch.tensor([1.0, 8.0, 27.0])  # but for the norm's eps
    torch.testing.assert_close(norm.running_var, expected, rtol=1e-3, atol=0)


@torch.no_grad()
def test_a_channel_that_hardly_wakes_is_not_blown_up() -> None:
    norm = nn.BatchNorm2d(1)
    awake = torch.randn(8, 1, 4, 4)
    move_norm(norm, [1e-5 * awake], [awake], torch.ones(1, dtype=torch.bool))
    assert float(statistics(norm)[1]) == pytest.approx(0.01)


@torch.no_grad()
def test_a_norm_does_not_move_where_nothing_has() -> None:
    """Images of a calibration are few: their own statistics would be worse than the dense ones."""
    norm = nn.BatchNorm2d(3)
    statistics(norm)[0].normal_()
    before = copy.deepcopy(norm.state_dict())
    read = [torch.randn(4, 3, 2, 2)]
    move_norm(norm, read, read, torch.ones(3, dtype=torch.bool))
    assert all(value.equal(before[name]) for name, value in norm.state_dict().items())


@torch.no_grad()
def test_a_channel_that_does_not_vary_keeps_its_variance() -> None:
    norm = nn.BatchNorm2d(2)
    dense = [torch.stack([torch.full((4, 4), 3.0), torch.randn(4, 4)]).transpose(0, 1)[..., None]]
    move_norm(norm, [torch.zeros_like(dense[0])], dense, torch.ones(2, dtype=torch.bool))
    mean, variance = statistics(norm)
    assert variance.eq(1).all()
    torch.testing.assert_close(mean[0], torch.tensor(-3.0))


@torch.no_grad()
def test_a_last_batch_that_is_smaller_counts_by_its_rows_when_a_norm_is_moved() -> None:
    images = torch.randn(10, 2, 3, 3, dtype=torch.float64)
    found = []
    for sizes in ([10], [8, 2]):
        norm = nn.BatchNorm2d(2).double()
        parts = list(torch.split(images, sizes))
        zeros = [torch.randn(1, 2, 3, 3, generator=torch.Generator().manual_seed(0)).double()]
        move_norm(norm, parts, zeros, torch.ones(2, dtype=torch.bool))
        found.append(norm.running_var)
    torch.testing.assert_close(found[0], found[1])
