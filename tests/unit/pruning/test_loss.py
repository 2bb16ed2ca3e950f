"""What the loss would rise by, against removing channels one after the other by hand."""

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.nn import functional

from budama.pruning import loss
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.loss import Sensitivity
from budama.pruning.order import Scores
from tests.inputs import TinyNet
from tests.unit.pruning import transformers

Batches = list[tuple[torch.Tensor, torch.Tensor]]
PIXELS = 6


def batches(number: int = 3, size: int = 16) -> Batches:
    draw = torch.Generator().manual_seed(5)
    return [
        (torch.randn(size, 3, PIXELS, PIXELS, generator=draw), torch.arange(size) % 3)
        for _ in range(number)
    ]


def groups_of(network: nn.Module) -> list[ChannelGroup]:
    return PruningGraph(network, PIXELS).groups


def random_scores(groups: list[ChannelGroup], seed: int = 0) -> Scores:
    draw = torch.Generator().manual_seed(seed)
    return {g.name: torch.rand(g.channels, generator=draw) for g in groups}


def rises(network: nn.Module, scores: Scores | None = None, given: Batches | None = None) -> Scores:
    groups = groups_of(network)
    own = scores or random_scores(groups)
    return Sensitivity(network, groups, given or batches()).losses(groups, own)


def linear(width: int = 6) -> nn.Sequential:
    """A convolution read at one position, and a linear classifier."""
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Conv2d(3, width, PIXELS), nn.ReLU(), nn.Flatten(), nn.Linear(width, 3)
    ).eval()


def seen(network: nn.Sequential, given: Batches) -> tuple[torch.Tensor, torch.Tensor]:
    """What the classifier reads, ``[images, inputs]``, and Fisher's information in its outputs."""
    *before, reader = network
    draw = torch.Generator().manual_seed(0)
    read, gradients = [], []
    for images, _ in given:
        with torch.no_grad():
            read.append(nn.Sequential(*before)(images))
        outputs = reader(read[-1]).detach().requires_grad_()
        classes = torch.multinomial(outputs.detach().softmax(1), 1, generator=draw)[:, 0]
        functional.cross_entropy(outputs, classes, reduction="sum").backward()  # type: ignore[no-untyped-call]
        assert outputs.grad is not None
        gradients.append(outputs.grad)
    return torch.cat(read).double(), torch.cat(gradients).double().square().mean(0)


def by_hand(network: nn.Sequential, order: list[int], given: Batches) -> list[float]:
    """How much the loss rises when the last 0, 1, 2, ... of ``order`` are gone.

    The reader is refitted by least squares to what it gave, and each of its outputs counts by half
    of the squared gradients of the loss for classes that are drawn from what the network says.
    """
    inputs, curvature = seen(network, given)
    gave = inputs @ network.get_parameter("3.weight").detach().double().T
    found = []
    for gone in range(len(order) + 1):
        stay = inputs[:, order[: len(order) - gone]]
        known = torch.cat([stay, torch.ones(len(inputs), 1, dtype=torch.float64)], 1)
        refitted = known @ torch.linalg.lstsq(known, gave).solution
        found.append(float(0.5 * ((gave - refitted).square().mean(0) * curvature).sum()))
    return found


def test_the_sum_of_what_goes_is_the_rise_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the criterion: as far as a later channel costs no less than an earlier."""
    monkeypatch.setattr(loss, "RIDGE", 1e-12)
    network = linear()
    scores = {"0": torch.tensor([0.5, 0.1, 0.9, 0.3, 0.7, 0.2])}
    order = scores["0"].argsort(descending=True).tolist()
    values = rises(network, scores)["0"]
    summed = values[order[::-1]].cumsum(0).tolist()
    expected = by_hand(network, order, batches())
    assert summed[-1] == pytest.approx(expected[-1], rel=1e-4)
    lowest = lower_hull(expected)
    assert summed == pytest.approx(lowest[1:], rel=1e-4)


def lower_hull(values: list[float]) -> list[float]:
    """The greatest convex curve below ``values``: what isotonic regression of the steps gives."""
    best = []
    for place in range(len(values)):
        between = [
            values[a] + (values[b] - values[a]) * (place - a) / (b - a)
            for a in range(place)
            for b in range(place + 1, len(values))
        ]
        best.append(min([values[place], *between]))
    return best


def test_a_copy_of_a_channel_costs_nothing() -> None:
    """What the channels that stay explain, the reader takes from them."""
    network = linear()
    with torch.no_grad():
        for name in ("0.weight", "0.bias"):
            network.get_parameter(name)[4] = 2 * network.get_parameter(name)[1]
    scores = {"0": torch.tensor([5.0, 4.0, 3.0, 2.0, 1.0, 6.0])}
    values = rises(network, scores)["0"]
    assert values[4] < 0.01 * values[3]


@pytest.mark.parametrize("seed", range(3))
def test_the_criterion_s_order_stays_also_where_scores_are_equal(seed: int) -> None:
    network = TinyNet().eval()
    groups = groups_of(network)
    scores = random_scores(groups, seed)
    scores["second"] = (3 * scores["second"]).round()
    found = rises(network, scores)
    for group in groups:
        before = scores[group.name].argsort(descending=True, stable=True)
        assert found[group.name].argsort(descending=True).tolist() == before.tolist()
        assert (found[group.name] >= 0).all()


def test_no_label_is_looked_at_and_the_same_images_give_the_same() -> None:
    network = TinyNet().eval()
    wrong = [(images, torch.full((len(images),), 99)) for images, _ in batches()]
    first, second, third = rises(network), rises(network, given=wrong), rises(network)
    for name, values in first.items():
        assert values.equal(second[name]) and values.equal(third[name])
    other = [(images + 1, labels) for images, labels in batches()]
    assert not rises(network, given=other)["first"].equal(first["first"])


def test_the_network_is_left_as_it_was() -> None:
    network = TinyNet()
    groups = groups_of(network)
    network.norm.eval()
    network.first.weight.requires_grad = False
    before = {name: value.clone() for name, value in network.state_dict().items()}
    modes = [layer.training for layer in network.modules()]
    Sensitivity(network, groups, batches()).losses(groups, random_scores(groups))
    assert [layer.training for layer in network.modules()] == modes
    assert [name for name, p in network.named_parameters() if not p.requires_grad] == [
        "first.weight"
    ]
    assert all(p.grad is None for p in network.parameters())
    assert not any(layer._forward_hooks for layer in network.modules())
    assert all(v.equal(before[name]) for name, v in network.state_dict().items())


def test_after_an_interruption_it_is_left_as_it_was_too() -> None:
    def interrupted() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        yield batches()[0]
        raise KeyboardInterrupt

    network = TinyNet().train()
    with pytest.raises(KeyboardInterrupt):
        Sensitivity(network, groups_of(network), interrupted())
    assert network.training and all(p.requires_grad for p in network.parameters())
    assert not any(layer._forward_hooks for layer in network.modules())


def test_it_works_where_gradients_are_switched_off() -> None:
    network = TinyNet().eval()
    expected = rises(network)
    with torch.inference_mode():
        found = rises(network)
    assert all(values.equal(expected[name]) for name, values in found.items())


class Mixed(nn.Module):
    """Readers of all kinds: in groups, of channels side by side, of all positions."""

    def __init__(self, *, inplace: bool = False) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.inplace = inplace
        self.left = nn.Conv2d(3, 4, 3, 2, 1)
        self.right = nn.Conv2d(3, 8, 3, 2, 1)
        self.grouped = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.join = nn.Conv2d(12, 5, 1)
        self.classifier = nn.Linear(5 * 9, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        left = self._relu(self.left(images))
        right = self._relu(self.grouped(self._relu(self.right(images))))
        joined = self._relu(self.join(torch.cat([left, right], 1)))
        logits: torch.Tensor = self.classifier(joined.flatten(1))
        return logits

    def _relu(self, values: torch.Tensor) -> torch.Tensor:
        return values.relu_() if self.inplace else values.relu()


def test_readers_of_all_kinds_say_what_they_lose() -> None:
    network = Mixed().eval()
    groups = {group.name: group for group in groups_of(network)}
    found = rises(network)
    assert found.keys() == groups.keys() == {"left", "right", "grouped", "join"}
    for name, values in found.items():
        assert values.shape == (groups[name].channels,) and values.isfinite().all()
        assert values.max() > 0
    for name in ("right", "grouped"):  # the channels of a unit go together
        copies = found[name].reshape(2, -1)
        assert groups[name].copies == 2 and copies[0].equal(copies[1])


def test_a_channel_that_nobody_reads_costs_nothing() -> None:
    network = Mixed().eval()
    with torch.no_grad():
        network.join.weight[:, 2] = 0  # the third of the left channels
        network.join.weight[:, 4 + 3] = 0  # and a unit of the right ones
        network.join.weight[:, 4 + 7] = 0
        network.classifier.weight.view(3, 5, 9)[:, 1] = 0
    groups = groups_of(network)
    scores = {g.name: 1 + torch.rand(g.channels) for g in groups}
    for name, unread in (("left", [2]), ("grouped", [3, 7]), ("join", [1])):
        scores[name][unread] = 0
    found = rises(network, scores)
    for name, unread in (("left", [2]), ("grouped", [3, 7]), ("join", [1])):
        rest = [c for c in range(len(found[name])) if c not in unread]
        assert found[name][unread].max() < 1e-6 * found[name][rest].min()


def test_an_activation_in_place_behind_a_reader_changes_nothing() -> None:
    plain, inplace = rises(Mixed().eval()), rises(Mixed(inplace=True).eval())
    for name, values in plain.items():
        assert torch.allclose(values, inplace[name], rtol=1e-5)


def test_a_network_may_change_its_images_in_place() -> None:
    class Centred(TinyNet):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return super().forward(images.sub_(0.5))

    torch.manual_seed(0)
    network = Centred().eval()
    given = batches()
    groups = PruningGraph(TinyNet(), PIXELS).groups
    Sensitivity(network, groups, given)
    assert all(a.equal(b) for (a, _), (b, _) in zip(given, batches(), strict=True))


def test_a_wide_reader_is_taken_to_explain_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its inputs' variances stand for their covariance, which would have too many numbers."""
    monkeypatch.setattr(loss, "WIDEST", 5)
    network = linear()
    inputs, curvature = seen(network, batches())
    weights = network.get_parameter("3.weight").detach().double()
    alone = 0.5 * (weights.square().T @ curvature) * inputs.var(0, correction=0)
    found = rises(network, {"0": alone})["0"]
    assert found.tolist() == pytest.approx(alone.tolist(), rel=1e-4)


def test_readers_that_see_almost_constant_inputs_do_not_break_it() -> None:
    """Their covariance is the difference of two large numbers."""
    network = linear()
    with torch.no_grad():
        network.get_parameter("0.bias").fill_(300.0)
        network.get_parameter("0.weight").mul_(1e-3)
    found = rises(network)["0"]
    assert found.isfinite().all() and (found >= 0).all()
    same = [(torch.ones_like(images), labels) for images, labels in batches()]
    assert rises(network, given=same)["0"].isfinite().all()


def test_of_many_images_only_the_first_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loss, "MOST_IMAGES", 32)
    network = TinyNet().eval()
    some, more = rises(network, given=batches(2)), rises(network, given=batches(5))
    assert all(values.equal(more[name]) for name, values in some.items())


def test_a_group_without_scores_is_left_out() -> None:
    network = TinyNet().eval()
    groups = groups_of(network)
    found = Sensitivity(network, groups, batches()).losses(groups, {"first": torch.rand(4)})
    assert set(found) == {"first"}


def test_positions_are_drawn_from_the_whole_image_whatever_its_width() -> None:
    # of 8 images of 64 x 64 a quarter of the positions is enough: not those of every fourth column
    network = nn.Conv2d(1, 1, 1)
    seen = loss._Seen(SimpleNamespace(width=1, module=network))  # type: ignore[arg-type]
    images = torch.zeros(8, 1, 64, 64)
    images[..., 0] = 10
    seen.look(network, (images,), network(images))
    assert seen.rows < images.numel() / 2
    share = 1 / 64
    assert float(seen.covariance()) == pytest.approx(100 * share * (1 - share), rel=0.2)


def test_a_head_that_nothing_reads_costs_nothing() -> None:
    network, images = transformers.built("ViT")
    (heads,) = PruningGraph(network, images, units=["heads"]).groups
    width = heads.channels // 9  # of a head: there are three, each with queries, keys and values
    with torch.no_grad():
        network.get_parameter("blocks.0.out.weight")[:, width : 2 * width] = 0
    scores = {heads.name: (heads.unit_of != 1).double()}  # by which it is the first to go
    given = [(torch.randn(8, *images.shape[1:]), torch.zeros(8, dtype=torch.long))]
    rises = Sensitivity(network, [heads], given).losses([heads], scores)[heads.name]
    by_head = heads.unit_scores(rises)
    assert float(by_head[1]) < 1e-6 * float(by_head[[0, 2]].min())
