"""Everything that a task asks of its network, tried once before anything is trained.

With random weights or first ones, in seconds: what cannot be cut, verified or exported is known
then, and not after a night of training.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch
from torch import nn

from budama.config.base import Strict
from budama.config.budget import Budget
from budama.config.cut import DEFAULT_UNITS, Kind
from budama.models.figures import Figures, count_macs, figures
from budama.models.onnx.export import compare, to_onnx
from budama.models.outputs import logits_of
from budama.pruning.graph import PruningGraph
from budama.pruning.members import Convolution
from budama.pruning.parametrised import copy_of
from budama.pruning.preflight_words import (
    COUNT,
    CUT,
    EXPORT,
    RUN,
    advice,
    failed,
    logits_advice,
    nothing_to_cut,
    outputs_advice,
)
from budama.pruning.selection import select
from budama.system.errors import BudamaError

# The share of each layer's channels that is cut
SHARE = 0.3
IMAGES = 2
# ONNX Runtime's outputs and torch's may differ by this share of the largest one, in float32
TOLERANCE = 1e-3
# Rows of probabilities sum to one but for this, in float32
SUMS = 1e-4


class Whole(Strict):
    """A layer that loses nothing, and its share of the network's multiply-accumulates."""

    layer: str
    macs_pct: float


class Found(Strict):
    """What came of a network.

    ``outputs`` is the shape of its logits for two images; ``groups`` how many groups of channels
    were cut; ``macs_left_pct`` what the cut leaves of the multiply-accumulates; ``whole`` the
    layers that lose nothing, and ``whole_macs_pct`` their share of them; ``not_cut`` why groups of
    channels were left alone, by their names; ``not_followed`` the operations through which channels
    could not be followed, so that what they read stays whole. ``onnx_difference`` is the largest
    difference between ONNX Runtime and torch as a share of the largest output, and ``seconds`` what
    the steps took.
    """

    outputs: tuple[int, int]
    figures: Figures
    groups: int
    macs_left_pct: float
    whole: list[Whole]
    whole_macs_pct: float
    not_cut: dict[str, str]
    not_followed: list[str]
    onnx_bytes: int
    onnx_difference: float
    seconds: dict[str, float]


@dataclass
class _Trial:
    """The steps so far; every mistake becomes a sentence that names network, size and step."""

    name: str
    size: int
    on_step: Callable[[str], object]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, step: str) -> Iterator[None]:
        self.on_step(step)
        start = time.perf_counter()
        try:
            yield
        except Exception as error:  # of the network's own code or of what traces it: of any kind
            raise failed(self.name, self.size, step, error) from error
        self.seconds[step] = round(time.perf_counter() - start, 2)


def try_out(
    network: nn.Module,
    size: int,
    classes: int,
    *,
    name: str = "",
    ignore: Sequence[str] = (),
    units: Sequence[Kind] = DEFAULT_UNITS,
    on_step: Callable[[str], object] = str,
) -> Found:
    """Run, count, cut, verify and export ``network``, of which nothing is changed.

    It must give ``[batch, classes]`` for square images of ``size`` pixels, in evaluation and in
    training mode, and no probabilities; a copy loses ``SHARE`` of its channels by random scores,
    must compute what the network does without them, and agree with its ONNX file in ONNX Runtime.
    ``name`` is what the config calls it; ``on_step`` hears of each step before it begins. Raises
    ``BudamaError`` for whatever goes wrong, and nothing else.
    """
    trial = _Trial(name or type(network).__name__, size, on_step)
    images = torch.randn(IMAGES, 3, size, size, generator=torch.Generator().manual_seed(0))
    with trial.step(RUN):
        outputs = _run(network, images, classes, trial.name)
    with trial.step(COUNT):
        costs = figures(network, size)
    with trial.step(CUT):
        copied = copy_of(network).eval()
        before = count_macs(copied, size).by_module()
        graph = _cut(copied, size, ignore, units)
        after = count_macs(copied, size).by_module()
        _run_cut(copied, images, classes, trial.name)
    with trial.step(EXPORT):
        content, difference = _exported(copied, size, images, trial.name)
    whole = _unchanged(network, before, after)
    return Found(
        outputs=(outputs[0], outputs[1]),
        figures=costs,
        groups=len(graph.groups),
        macs_left_pct=_percent(after[""], before[""]),
        whole=whole,
        whole_macs_pct=round(sum(layer.macs_pct for layer in whole), 2),
        not_cut=graph.whole,
        not_followed=graph.unknown,
        onnx_bytes=len(content),
        onnx_difference=difference,
        seconds=trial.seconds,
    )


def _run(network: nn.Module, images: torch.Tensor, classes: int, name: str) -> torch.Size:
    """Return the shape of the logits, the same in both modes; raises for any other."""
    shape = torch.Size()
    for mode in ("evaluation", "training"):
        # training changes the running statistics of norms
        trained = copy_of(network).train(mode == "training")
        # as it is trained: code that views tensors may count on the other layout
        trained.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        with torch.no_grad():
            logits = logits_of(trained(images.to(memory_format=torch.channels_last)))
        shape = logits.shape
        if shape != (len(images), classes):
            raise BudamaError(
                f"in {mode} mode it gives {list(shape)} for {len(images)} images and {classes} "
                f"classes, and must give {[len(images), classes]}: one number per class. "
                f"{outputs_advice(name, shape[0], len(images))}"
            )
        if not logits.isfinite().all():
            raise BudamaError(
                f"in {mode} mode it gives numbers that are not finite. {advice(name, RUN)}"
            )
        if bool((logits >= 0).all() and ((logits.sum(1) - 1).abs() < SUMS).all()):
            raise BudamaError(
                f"in {mode} mode it returns probabilities, and training and repair take them for "
                f"logits: {logits_advice(name)}"
            )
    return shape


def _cut(
    network: nn.Module, size: int, ignore: Sequence[str], units: Sequence[Kind]
) -> PruningGraph:
    """Cut ``network`` in place by random scores, and verify that; return the graph of it."""
    graph = PruningGraph(network, size, ignore, units)
    if not graph.groups:
        raise nothing_to_cut(graph.whole, ignore, units)
    generator = torch.Generator().manual_seed(0)
    scores = {group.name: torch.rand(group.channels, generator=generator) for group in graph.groups}
    kept = select(graph.groups, scores, "layer", Budget(channels=SHARE)).kept
    graph.check(kept)
    graph.cut(network, kept)
    return graph


def _run_cut(network: nn.Module, images: torch.Tensor, classes: int, name: str) -> None:
    """Raise unless the cut ``network`` runs in training too, where code may run that was not seen.

    Cuts are followed and verified in evaluation mode.
    """
    try:
        _run(network, images, classes, name)
    except Exception as error:
        raise BudamaError(
            f"the cut network does not run in training mode ({type(error).__name__}: {error}). "
            "What runs in training alone, such as an auxiliary head, is not cut with the rest: "
            "build the network without it, or name the layers that it reads under the task's "
            "'ignore'"
        ) from error


def _unchanged(dense: nn.Module, before: Counter[str], after: Counter[str]) -> list[Whole]:
    """Return the layers whose work is ``before`` and ``after`` the cut the same."""
    total = before[""]
    return [
        Whole(layer=name, macs_pct=_percent(before[name], total))
        for name, layer in dense.named_modules()
        if isinstance(layer, Convolution | nn.Linear) and 0 < before[name] == after[name]
    ]


def _exported(
    network: nn.Module, size: int, images: torch.Tensor, name: str
) -> tuple[bytes, float]:
    """Return the ONNX file, and how far ONNX Runtime and torch are apart."""
    content = to_onnx(network, size, {})
    with torch.no_grad():
        largest = float(logits_of(network.eval()(images)).abs().max())
    found = compare(network, content, images)["largest_difference"]
    difference = float(found) / max(largest, 1e-30)
    if not difference <= TOLERANCE:
        raise BudamaError(
            f"its ONNX file does not agree with torch: the outputs differ by {difference:.2g} of "
            f"the largest. {advice(name, EXPORT)}"
        )
    return content, difference


def _percent(part: float, whole: float) -> float:
    return round(100 * part / max(whole, 1), 2)
