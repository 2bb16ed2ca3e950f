"""The clock: one model's runs, warmed up, and two models' runs by turns."""

import gc
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import onnxruntime

# One run, returning the seconds it took
Timer = Callable[[], float]
Times = list[float]

# A turn is a block of one model's runs, at least this many and this long. The first share of it is
# not counted: it finds the caches full of the other model, and they took 20 ms to change hands.
BLOCK_RUNS = 4
BLOCK_SECONDS = 0.1
FILLING = 0.25
# Warm is a model when the medians of two windows of runs differ by less than this share.
WINDOW = 10
WINDOW_SECONDS = 0.5
LEAST_WINDOW = 3
STEADY = 0.02
MOST_WINDOWS = 50


def timer(session: onnxruntime.InferenceSession, inputs: dict[str, Any], device: str) -> Timer:
    """Return a function that runs ``session`` once and returns the seconds it took.

    The clock stops when the device has finished.
    """
    binding = bind(session, inputs, device)

    def run() -> float:
        start = time.perf_counter()
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()
        return time.perf_counter() - start

    return run


def bind(
    session: onnxruntime.InferenceSession, inputs: dict[str, Any], device: str
) -> onnxruntime.IOBinding:
    """Return a copy of ``inputs`` that lies on the device, and a place there for every output.

    The binding owns it: ONNX Runtime 1.24, which OpenVINO comes with, would go on reading the
    memory of an array on the CPU that nobody holds any more.
    """
    binding = session.io_binding()
    for name, value in inputs.items():
        copy = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
            value.shape, value.dtype.type, device, 0
        )
        copy.update_inplace(value)
        binding.bind_ortvalue_input(name, copy)
    names = [output.name for output in session.get_outputs()]
    for name in names:
        binding.bind_output(name, device)
    session.run_with_iobinding(binding)  # tells the outputs' shapes
    for name, value in zip(names, binding.get_outputs(), strict=True):
        binding.bind_ortvalue_output(name, value)
    return binding


def warm_up(run: Timer, at_least: int) -> tuple[int, bool]:
    """Run until two windows of runs after each other take the same; at least ``at_least`` times.

    Returns the number of runs, and whether they became steady.
    """
    window = max(LEAST_WINDOW, min(WINDOW, int(WINDOW_SECONDS / max(run(), 1e-9))))
    before, runs = np.inf, 1
    for _ in range(MOST_WINDOWS):
        now = float(np.median([run() for _ in range(window)]))
        runs += window
        steady = abs(now - before) <= STEADY * now
        if steady and runs >= at_least:
            return runs, True
        before = now
    return runs, False


def alternate(
    first: Timer, second: Timer, runs: int, seconds: float
) -> tuple[list[Times], list[Times]]:
    """Time two models by turns, at least ``runs`` runs and ``seconds`` each.

    A turn is a block of runs of one model, so that it is timed as it runs alone, and both see the
    same machine. The pairs of blocks begin with either in turn. Returns the seconds of the runs
    that count, block by block; the blocks of both belong together, pair by pair.
    """
    timers = (first, second)
    blocks: tuple[list[Times], list[Times]] = ([], [])
    with _without_garbage_collection():
        lengths = [block_length(run) for run in timers]
        while not all(_enough(done, runs, seconds) for done in blocks):
            for which in (0, 1) if len(blocks[0]) % 2 == 0 else (1, 0):
                blocks[which].append(_block(timers[which], lengths[which]))
    return blocks


def block_length(run: Timer) -> int:
    """Return how many runs make a block of a model that is warm."""
    one = float(np.median([run() for _ in range(BLOCK_RUNS)]))
    return max(BLOCK_RUNS, math.ceil(BLOCK_SECONDS / max(one, 1e-9)))


def _block(run: Timer, length: int) -> Times:
    times = [run() for _ in range(length)]
    return times[math.ceil(FILLING * length) :]


def _enough(blocks: list[Times], runs: int, seconds: float) -> bool:
    return len(blocks) > 0 and sum(map(len, blocks)) >= runs and sum(map(sum, blocks)) >= seconds


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
