"""How fast images are trained on and predicted: logged, told or measured now."""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from budama.config.plan import Plan
from budama.models.outputs import logits_of
from budama.system.job.device import Execution, to_device
from budama.training.precision import Precision

# A backward pass computes the gradients of the inputs and those of the weights, each at the cost of
# a forward pass: a step of training is three of them (Kaplan et al., arXiv 2001.08361, 2.1).
TRAINING = 3
_SECONDS = 3.0  # of measuring, each
_EPOCH = re.compile(r"epoch \d+/\d+: done, (\d+) batches in ([0-9.]+) s")
_SHORTEST = 1.0  # second of an epoch whose time in the log, in tenths, says something


@dataclass(frozen=True)
class Rates:
    """MACs per second in training (of the forward pass) and in prediction, and their origin.

    With ``loading``, the images per second that are loaded come on top; without, they are part of
    the other figures, or not known.
    """

    training: float
    prediction: float
    origin: str
    loading: float | None = None


def told(plan: Plan) -> Rates | None:
    """Return the rates that the configuration gives, if it does."""
    if plan.tflops is None:
        return None
    macs = plan.tflops * 1e12 / 2
    return Rates(macs / TRAINING, macs, f"{plan.tflops:g} TFLOP/s, as told", plan.images_per_second)


@dataclass(frozen=True)
class Log:
    """The log of a training job, the images in its batches, and the MACs of its model."""

    file: Path
    batch_size: int
    macs: float


def logged(logs: Iterable[Log]) -> Rates | None:
    """Return the rate of the finished epochs in ``logs``, loading included, if there are any."""
    epochs = [
        (batches * log.batch_size * log.macs, seconds)
        for log in logs
        for batches, seconds in _epochs(log.file)
    ]
    if not epochs:
        return None
    macs, seconds = (sum(values) for values in zip(*epochs, strict=True))
    rate = macs / seconds
    return Rates(rate, TRAINING * rate, f"{len(epochs)} finished epochs, loading included")


def measure(
    network: nn.Module,
    macs: float,
    size: int,
    batch_size: int,
    execution: Execution,
    precision: str,
) -> Rates:
    """Time steps and predictions of ``network`` on noise, for a few seconds.

    Batches double from two images on, up to ``batch_size``, until one takes a second or as long as
    they fit into memory. ``precision`` is that of the recipe; predictions are made in float32.
    """
    device = execution.prepare()
    to_device(network, device)
    mixed = Precision(precision, device)

    def images(number: int) -> torch.Tensor:
        noise = torch.randn(number, 3, size, size, device=device)
        return noise.to(memory_format=torch.channels_last)

    def step(batch: torch.Tensor) -> None:
        network.train()
        with mixed.cast():
            loss = logits_of(network(batch)).float().logsumexp(1).mean()
        loss.backward()  # type: ignore[no-untyped-call]
        network.zero_grad(set_to_none=True)
        _wait(device)

    @torch.inference_mode()
    def predict(batch: torch.Tensor) -> None:
        network.eval()(batch)
        _wait(device)

    training, prediction = (
        macs * _images_per_second(run, images, batch_size) for run in (step, predict)
    )
    what = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    threads = "" if device.type == "cuda" else f", threads: {execution.threads}"
    return Rates(training, prediction, f"measured now on this {what}{threads}")


def _images_per_second(
    run: Callable[[torch.Tensor], None], images: Callable[[int], torch.Tensor], most: int
) -> float:
    number, end = min(2, most), time.monotonic() + _SECONDS
    run(images(number))  # what is only done once
    rate = None
    while True:
        try:
            batch = images(number)
            start = time.perf_counter()
            run(batch)
        except torch.OutOfMemoryError:
            if rate is None:
                raise
            return rate
        seconds = time.perf_counter() - start
        rate = number / seconds
        if seconds > 1 or time.monotonic() > end:
            return rate
        number = min(2 * number, most)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _epochs(log: Path) -> Iterator[tuple[int, float]]:
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    for batches, seconds in _EPOCH.findall(text):
        if float(seconds) >= _SHORTEST:
            yield int(batches), float(seconds)
