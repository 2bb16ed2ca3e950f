"""What could hide a mistake gets other values; what was trained does not."""

import copy

import torch
from torch import nn

from budama.pruning.reference.double import in_double, to_double
from budama.pruning.reference.lively import enliven
from budama.pruning.reference.silent import without_channels

IMAGES = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    layers = nn.Sequential(
        *(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1)),
        *(nn.Flatten(), nn.LayerNorm(4), nn.Linear(4, 2)),
    )
    return layers.eval()


def test_what_is_zero_tiny_or_equal_gets_different_values() -> None:
    dense = network()
    dense.register_parameter("gamma", nn.Parameter(torch.full((4,), 1e-6)))
    dense.register_parameter("gain", nn.Parameter(torch.zeros(())))
    nn.init.zeros_(dense[6].get_parameter("weight"))
    again = copy.deepcopy(dense)
    enliven(dense, IMAGES)
    enliven(again, IMAGES)
    for name, tensor in dense.state_dict().items():
        assert again.state_dict()[name].equal(tensor)
        if tensor.is_floating_point():
            assert len(tensor.unique()) == tensor.numel()
            assert float(tensor.abs().max()) > 0.05


def test_what_was_trained_stays_as_it_is() -> None:
    dense = network()
    for tensor in dense.state_dict().values():
        if tensor.is_floating_point():
            nn.init.uniform_(tensor, 0.5, 1.5)
    before = copy.deepcopy(dense.state_dict())
    enliven(dense, IMAGES)
    assert all(tensor.equal(before[name]) for name, tensor in dense.state_dict().items())


def test_norms_that_have_seen_no_image_take_the_statistics_of_these() -> None:
    dense = network()
    nn.init.constant_(dense[0].get_parameter("weight"), 1e3)
    enliven(dense, IMAGES)
    assert float(dense[:2](IMAGES).abs().max()) < 10


def test_code_in_single_precision_runs_in_double_and_nothing_is_left_of_it() -> None:
    layer = nn.Linear(4, 2)
    layer.mean = torch.ones(4)
    assert to_double(layer).mean.dtype == torch.float64
    with in_double():
        given = layer(torch.ones(1, 4).float().to(torch.float32))
        assert given.dtype == torch.zeros(1).dtype == torch.float64
        assert torch.ones(1, dtype=torch.float16).dtype == torch.float64
        assert not given.requires_grad
    assert torch.zeros(1).dtype == torch.float32 and torch.backends.mha.get_fastpath_enabled()


def test_without_anything_gone_it_is_the_dense_network() -> None:
    dense = network()
    assert without_channels(dense, [], {})(IMAGES).equal(dense(IMAGES))
