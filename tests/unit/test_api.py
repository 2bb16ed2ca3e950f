"""One call that prunes and repairs, in a script of your own."""

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils.prune import random_unstructured as mask

from budama.api import BudamaError, prune_model
from budama.config.cut import NORMALISERS, Normaliser, NormaliserChoice, Repair
from budama.models.prediction import judge

EXAMPLE = torch.zeros(1, 3, 8, 8)


def images(number: int, seed: int) -> torch.Tensor:
    return torch.randn(number, 3, 8, 8, generator=torch.Generator().manual_seed(seed))


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        *(nn.Conv2d(3, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU()),
        *(nn.Conv2d(12, 12, 3, padding=1), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(48, 4)),
    ).eval()


def labelled(dense: nn.Module, number: int, seed: int) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Return batches whose labels are what the dense network says."""
    with torch.no_grad():
        return [(part, dense(part).argmax(1)) for part in torch.split(images(number, seed), 32)]


def prune(dense: nn.Module, **settings: Any) -> Any:
    settings = {"criterion": "random", "budget": {"channels": 0.3}} | settings
    return prune_model(dense, EXAMPLE, labelled(dense, 128, 1), **settings)


def distance(dense: nn.Module, pruned: nn.Module) -> float:
    new = images(64, 2)
    with torch.no_grad():
        return float((dense(new) - pruned(new)).square().mean())


@pytest.mark.parametrize("scope", ["layer", "global"])
def test_a_refit_brings_the_outputs_back(scope: str) -> None:
    dense = network()
    none, refit = (prune(dense, scope=scope, repair=repair) for repair in ("none", "refit"))
    assert none.kept == refit.kept
    assert distance(dense, refit.network) < 0.3 * distance(dense, none.network)


def test_several_steps_are_repaired_one_by_one() -> None:
    """Also where the first one gives a layer a bias, whose channels the second one cuts."""
    torch.manual_seed(0)
    dense = nn.Sequential(
        *(nn.Conv2d(3, 12, 3, padding=1, bias=False), nn.ReLU()),
        *(nn.Conv2d(12, 12, 3, padding=1, bias=False), nn.ReLU()),
        *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 4, bias=False)),
    ).eval()
    budget = {"channels": 0.5, "steps": 3}
    none, refit = (prune(dense, repair=repair, budget=budget) for repair in ("none", "refit"))
    assert none.kept == refit.kept  # random channels do not look
    assert {name: len(kept) for name, kept in refit.kept.items()} == {"0": 6, "2": 6}
    assert len(refit.network.get_parameter("2.bias")) == 6
    assert distance(dense, refit.network) < 0.3 * distance(dense, none.network)


def test_the_table_tells_what_the_kept_channels_explain() -> None:
    dense = network()
    layers = prune(dense, repair="refit").layers.set_index("layer")
    plain = prune(dense).layers.set_index("layer")
    assert layers[plain.columns].equals(plain)
    share = layers["explained_pct"]
    assert list(layers.index[share.isna()]) == ["0"]  # it reads the images
    assert share.drop("0").between(30, 100).all()
    after = layers["output_after_pct"].drop("0")
    assert (after >= layers["output_before_pct"].drop("0") - 1e-6).all()


@pytest.mark.parametrize("repair", ["none", "norms", "refit"])
@pytest.mark.parametrize("training", [True, False])
def test_the_passed_network_is_left_as_it_was(repair: Repair, training: bool) -> None:
    dense = network()
    batches = labelled(dense, 64, 1)
    dense.train(training)
    before = copy.deepcopy(dense.state_dict())
    pruned = prune_model(dense, EXAMPLE, batches, "taylor", repair=repair)
    assert all(values.equal(before[name]) for name, values in dense.state_dict().items())
    assert all(layer.training == training for layer in dense.modules())
    assert all(layer.training == training for layer in pruned.network.modules())
    assert all(p.grad is None for p in (*dense.parameters(), *pruned.network.parameters()))
    assert not any(layer._forward_hooks or layer._forward_pre_hooks for layer in dense.modules())


def test_norms_are_measured_on_the_batches() -> None:
    dense = network()
    none, norms = (prune(dense, repair=repair).network for repair in ("none", "norms"))
    assert not norms[1].running_mean.equal(none[1].running_mean)
    assert norms[0].weight.equal(none[0].weight) and norms[3].weight.equal(none[3].weight)


@pytest.mark.parametrize("repair", ["none", "norms"])
def test_auto_takes_what_is_most_accurate_on_the_selection(repair: str) -> None:
    dense = network()
    with torch.no_grad():
        dense.get_parameter("3.weight").mul_(100)
    settings = {"criterion": "magnitude", "scope": "global", "budget": {"channels": 0.5}}
    selection = labelled(dense, 128, 3)
    found = {}
    for name in NORMALISERS:
        pruned = prune(dense, normaliser=name, repair="norms", **settings)
        found[name] = judge(pruned.network, selection, "selection")
    right = {name: verdict.accuracy_pct for name, verdict in found.items()}
    assert max(right["mean"], right["lamp"]) < 20
    assert min(right["raw"], right["loss"]) > 90
    level: tuple[Normaliser, ...] = ("raw", "loss")
    best = min(level, key=lambda name: found[name].loss)
    auto = prune(dense, normaliser="auto", selection=selection, repair=repair, **settings)
    assert auto.kept == prune(dense, normaliser=best, **settings).kept


@pytest.mark.parametrize("normaliser", ["auto", "loss"])
def test_layers_are_not_compared_within_layers(normaliser: NormaliserChoice) -> None:
    prune_model(network(), EXAMPLE, criterion="magnitude", normaliser=normaliser)


def test_by_the_loss_copies_go_first() -> None:
    """However large their scores are: those that stay say the same."""
    dense = network()
    with torch.no_grad():
        dense.get_parameter("0.weight").copy_(100 * dense.get_parameter("0.weight")[:1])
    settings = {"criterion": "magnitude", "scope": "global", "budget": {"channels": 0.3}}
    kept = prune(dense, normaliser="loss", **settings).kept
    assert len(kept["0"]) <= 5 and "3" not in kept  # which is whole


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"repair": "refitt"}, "repair: unknown value 'refitt': did you mean 'refit'? Choices: no"),
        ({"repair": None}, "repair: unknown value 'None': did you mean 'none'? Choices: none, nor"),
        ({"normaliser": "means"}, "normaliser: unknown value 'means': did you mean 'mean'?"),
        ({"scope": "globl"}, "scope: unknown value 'globl': did you mean 'global'? Choices: glob"),
        ({"criterion": "wandaa"}, "unknown method 'wandaa': did you mean 'wanda'?"),
        ({"criterion": {"criteria": "wanda"}}, "criterion.criteria: unknown key: did you mean 'cr"),
        ({"criterion": {}}, "criterion: give exactly one of criterion, file"),
        ({"budget": {}}, "budget: give exactly one of channels, macs, params, size"),
        ({"budget": {"mac": 0.5}}, "budget.mac: unknown key: did you mean 'macs'?"),
        ({"budget": {"macs": 50}}, "budget.macs: input should be less than 1 (it is 50)"),
        ({"budget": {"latency": 0.5}}, "budget: latency depends on what layers take on a device"),
        ({"budget": {"macs": 0.5, "round_to": "auto"}}, "budget: round_to: auto depends on what"),
        ({"ignore": "classifier"}, "ignore: input should be a valid tuple (it is 'classifier')"),
    ],
)
def test_mistakes_are_named_with_the_choices(mistake: dict[str, Any], message: str) -> None:
    with pytest.raises(BudamaError, match=re.escape(message)):
        prune(network(), **mistake)


def test_all_mistakes_are_named_at_once() -> None:
    with pytest.raises(BudamaError, match=r"scope: unknown value 'all'.*repair: unknown value 'x'"):
        prune(network(), scope="all", repair="x")


AUTO = {"scope": "global", "normaliser": "auto"}
LOADER = [(images(4, 0), torch.zeros(4, dtype=torch.long))]


@pytest.mark.parametrize("missing", [None, []])
@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"repair": "refit"}, "repair 'refit' looks at images"),
        ({"repair": "norms"}, "repair 'norms' looks at images"),
        ({"criterion": "wanda"}, "criterion 'wanda' looks at images"),
        ({"criterion": "taylor"}, "criterion 'taylor' looks at images"),
        (AUTO | {"selection": LOADER}, "normaliser 'auto' looks at images to compare cuts"),
        ({"scope": "global", "normaliser": "loss"}, "normaliser 'loss' looks at images"),
    ],
)
def test_missing_images_are_asked_for(missing: Any, settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(BudamaError, match=f"{reason}.*: give batches, a loader of images and"):
        prune_model(network(), EXAMPLE, missing, **{"criterion": "magnitude"} | settings)


def test_images_that_nothing_looks_at_need_not_be_given() -> None:
    dense = network()
    assert prune_model(dense, EXAMPLE, criterion="magnitude").kept["0"]
    assert prune_model(dense, EXAMPLE, iter(LOADER), "magnitude", "global").kept


@pytest.mark.parametrize("criterion", ["wanda", "lamp"])
@pytest.mark.parametrize("missing", [None, []])
def test_auto_asks_for_images_to_choose_on_before_anything_is_cut(
    missing: Any, criterion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("budama.api.Cutter")
    message = "normaliser 'auto' chooses by accuracy.*: give selection, a loader of images and lab"
    with pytest.raises(BudamaError, match=message):
        prune(network(), criterion=criterion, selection=missing, **AUTO)


class Endless:
    """A loader that does not know its length."""

    def __iter__(self) -> Iterator[Any]:
        return iter(LOADER)


@pytest.mark.parametrize("name", ["batches", "selection"])
def test_images_that_cannot_be_gone_over_again_are_refused(name: str) -> None:
    for loader, reason in ((iter(LOADER), "can be gone over only once"), (Endless(), "has no le")):
        given = {"batches": LOADER, "selection": LOADER} | {name: loader}
        with pytest.raises(BudamaError, match=f"{name} {reason}.*, or a list of its batches"):
            prune_model(network(), EXAMPLE, **given, **AUTO)  # type: ignore[arg-type]


def with_first(change: Callable[[nn.Module], object]) -> nn.Module:
    dense = network()
    change(dense[0])
    dense(EXAMPLE)
    return dense


HOWEVER_IT_COMES: dict[str, Callable[[], nn.Module]] = {
    "in training": lambda: network().train(),
    "frozen": lambda: network().requires_grad_(False),
    "in half precision": lambda: network().half(),
    "in double precision": lambda: network().double(),
    "weight norm": lambda: with_first(nn.utils.parametrizations.weight_norm),
    "spectral norm": lambda: with_first(nn.utils.spectral_norm),
    "a mask": lambda: with_first(lambda layer: mask(layer, "weight", 0.5)),  # type: ignore[no-untyped-call]
}


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("kind", HOWEVER_IT_COMES)
def test_a_network_is_cut_however_it_comes_and_left_as_it_was(kind: str) -> None:
    dense = HOWEVER_IT_COMES[kind]()
    before = copy.deepcopy(dense.state_dict())
    modes = [layer.training for layer in dense.modules()]
    pruned = prune_model(dense, EXAMPLE, criterion="magnitude", budget={"channels": 0.3})
    assert sorted(len(kept) for kept in pruned.kept.values()) == [8, 8]
    assert [layer.training for layer in dense.modules()] == modes
    assert pruned.network.training == dense.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in dense.state_dict().items())


def test_of_a_compiled_network_what_it_was_made_from_is_cut() -> None:
    dense = network()
    pruned = prune_model(torch.compile(dense), EXAMPLE, criterion="magnitude", budget=CUT)  # type: ignore[arg-type]
    assert type(pruned.network) is nn.Sequential
    assert sorted(pruned.kept) == ["0", "3"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            lambda: network().state_dict(),
            "must be a torch.nn.Module, and is of the type OrderedDict",
        ),
        (lambda: network, "must be a torch.nn.Module, and is of the type function"),
        (
            lambda: torch.jit.script(network()),
            "^a scripted network's code cannot be followed: ",
        ),
        (
            lambda: nn.Sequential(torch.jit.script(network()), nn.ReLU()),
            "^layer '0' is scripted: a scripted layer's code cannot be followed: give the module",
        ),
    ],
)
def test_what_is_no_network_whose_code_can_be_followed_is_refused(
    given: Callable[[], Any], said: str
) -> None:
    with pytest.raises(BudamaError, match=said):
        prune_model(given(), EXAMPLE, criterion="magnitude", budget=CUT)


def test_one_kind_of_units_needs_no_list() -> None:
    given: dict[str, Any] = {"criterion": "magnitude", "budget": CUT}
    one = prune_model(network(), EXAMPLE, units="channels", **given)
    assert one.kept == prune_model(network(), EXAMPLE, units=["channels"], **given).kept != {}
    with pytest.raises(BudamaError, match=r"units.*'channel': did you mean 'channels'"):
        prune_model(network(), EXAMPLE, units="channel", **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("criterion", ["wanda", "taylor", "magnitude"])
@pytest.mark.parametrize("frozen", [range(8), [0, 1], [7]])
def test_what_the_caller_has_frozen_is_cut_all_the_same_and_stays_frozen(
    frozen: Sequence[int], criterion: str
) -> None:
    dense, free = network(), network()
    for place in frozen:
        dense[place].requires_grad_(False)
    pruned, expected = (
        prune_model(model, EXAMPLE, labelled(free, 32, 1), criterion, budget={"channels": 0.3})
        for model in (dense, free)
    )
    assert pruned.kept == expected.kept and pruned.kept
    for model in (dense, pruned.network):
        flags = {name: held.requires_grad for name, held in model.named_parameters()}
        assert flags == {name: int(name.split(".")[0]) not in frozen for name in flags}


@pytest.mark.parametrize(
    "settings", [{"ignore": ["*"]}, {"units": ["heads"]}, {"ignore": ["0", "3"]}]
)
def test_nothing_that_can_be_cut_is_a_sentence(settings: dict[str, Any]) -> None:
    with pytest.raises(BudamaError, match="nothing of this model can be cut: allow more under"):
        prune(network(), **settings)
    fixed = nn.Sequential(nn.Flatten(), nn.Linear(192, 4))
    with pytest.raises(BudamaError, match="nothing of this model can be cut"):
        prune_model(fixed, EXAMPLE, criterion="magnitude")


class Auxiliary(nn.Module):
    """GoogLeNet's: branches that are put together, and a head that runs in training alone."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.branches = nn.ModuleList(nn.Conv2d(8, 6, size, padding="same") for size in (1, 3))
        self.side, self.last = nn.Conv2d(12, 4, 1), nn.Conv2d(12, 8, 1)
        self.hidden, self.auxiliary = nn.Linear(64, 10), nn.Linear(10, 5)
        self.head, self.dropout = nn.Linear(8, 5), nn.Dropout(0.5)

    def forward(self, images: torch.Tensor) -> Any:
        hidden = torch.relu(self.norm(self.stem(images)))
        hidden = torch.cat([torch.relu(branch(hidden)) for branch in self.branches], 1)
        main = self.head(self.dropout(torch.relu(self.last(hidden))).mean((2, 3)))
        if not self.training:
            return main
        side = nn.functional.adaptive_avg_pool2d(torch.relu(self.side(hidden)), 4)
        return main, self.auxiliary(torch.relu(self.hidden(torch.flatten(side, 1))))


@pytest.mark.parametrize("training", [True, False])
def test_heads_that_run_in_training_alone_are_cut_along(training: bool) -> None:
    torch.manual_seed(0)
    dense = Auxiliary().train(training)
    batches = [(images(8, 0), torch.randint(5, (8,)))]
    pruned = prune_model(dense, EXAMPLE, batches, "taylor", budget={"channels": 0.5}).network
    main, side = pruned.train()(images(8, 1))
    assert main.shape == side.shape == (8, 5)
    (main.sum() + side.sum()).backward()
    assert pruned.eval()(images(8, 1)).shape == (8, 5)
    assert pruned.get_parameter("side.weight").shape[1] == 6
    assert pruned.get_parameter("last.weight").shape[0] == 4


class Heads(nn.Module):
    """A main and an auxiliary head; ``answer`` is what they are returned in."""

    def __init__(self, answer: Callable[..., Any]) -> None:
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8)
        self.main, self.auxiliary = nn.Linear(8, 5), nn.Linear(8, 5)
        self.answer = answer

    def forward(self, images: torch.Tensor) -> Any:
        features = self.norm(self.first(images)).relu().mean((2, 3))
        return self.answer(self, self.main(features), self.auxiliary(features))


@dataclass
class Output:
    features: torch.Tensor
    logits: torch.Tensor


ANSWERS: dict[str, Callable[..., Any]] = {
    "tuple": lambda _, main, other: (main, other),
    "list": lambda _, main, other: [main, other],
    "dictionary": lambda _, main, other: {"out": main, "aux": other},
    "dataclass": lambda _, main, other: Output(other, main),
    "nested": lambda _, main, other: ({"maps": other[:, :, None]}, [main]),
    "auxiliary head in training": lambda own, main, other: (main, other) if own.training else main,
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_whatever_holds_the_logits_can_be_pruned_with_gradients(kind: str) -> None:
    torch.manual_seed(0)
    dense = Heads(ANSWERS[kind])
    batches = [(torch.randn(8, 3, 8, 8), torch.randint(5, (8,)))]
    settings: dict[str, Any] = {"normaliser": "loss", "selection": batches, "budget": CUT}
    pruned = prune_model(dense, batches[0][0], batches, "taylor", "global", **settings)
    assert pruned.kept
    assert type(pruned.network(batches[0][0])) is type(dense(batches[0][0]))


CUT = {"channels": 0.25}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda _, main, __: main[:, 0], r"a tensor of shape \[8\]"),
        (lambda _, main, __: main[:, :, None, None], r"a tensor of shape \[8, 5, 1, 1\]"),
        (lambda *_: None, "NoneType without tensors"),
    ],
)
def test_without_logits_there_is_a_sentence(answer: Callable[..., Any], said: str) -> None:
    batches = [(torch.randn(8, 3, 8, 8), torch.randint(5, (8,)))]
    with pytest.raises(BudamaError, match=rf"returns {said}.* and no logits, \[batch, classes\]"):
        prune_model(Heads(answer), batches[0][0], batches, "taylor", budget=CUT)
