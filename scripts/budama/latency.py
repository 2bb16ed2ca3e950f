"""The latency stage: ONNX Runtime, two files by turns. Knows nothing of how they were made."""

import logging
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from budama.atomic import write_json
from budama.config.latency import Latency
from budama.errors import BudamaError

log = logging.getLogger("budama")
Times = npt.NDArray[np.float64]
_OPTIONS: dict[str, dict[str, str]] = {"CUDA": {"use_tf32": "0"}, "CPU": {}}


def measure(dense: Path, model: Path, output: Path, settings: Latency) -> None:
    """Time two ONNX files against each other and write what was seen to ``output`` (JSON).

    A round opens both files anew, because where they lie in memory matters, and times them by
    turns; its ratio is the median of model / dense over its pairs, so that it holds when the
    machine drifts. ``latency_ratio`` is the median over the rounds. Raises ``BudamaError`` if no
    wanted provider can run.
    """
    provider = find_provider(dense, settings)
    rounds = [_round(dense, model, provider, settings) for _ in range(settings.rounds)]
    ratios = [float(np.median(second / first)) for first, second in rounds]
    write_json(
        output,
        {
            "provider": provider,
            "onnxruntime": onnxruntime.__version__,
            "machine": platform.processor() or platform.machine(),
            "settings": settings.model_dump(mode="json"),
            "dense": _describe(np.concatenate([first for first, _ in rounds])),
            "model": _describe(np.concatenate([second for _, second in rounds])),
            "latency_ratio": float(np.median(ratios)),
            "ratios": ratios,
        },
    )


def _round(dense: Path, model: Path, provider: str, settings: Latency) -> tuple[Times, Times]:
    first, second = (_timer(path, provider, settings) for path in (dense, model))
    for _ in range(settings.warmup):
        first()
        second()
    return interleave(first, second, settings.runs)


def interleave(
    first: Callable[[], float], second: Callable[[], float], runs: int
) -> tuple[Times, Times]:
    """Call two timers by turns and return their times, ``[runs]`` each, pair by pair.

    Every other pair is turned round, so that neither always follows the other. By turns the two
    evict each other from the caches: the times are those of a model that is not the only one.
    """
    times = np.empty((2, runs))
    for i in range(runs):
        if i % 2:
            times[1, i], times[0, i] = second(), first()
        else:
            times[0, i], times[1, i] = first(), second()
    return times[0], times[1]


def find_provider(model: Path, settings: Latency) -> str:
    """Return the first wanted provider that really runs ``model``.

    ONNX Runtime lists providers that cannot start, so each is tried. Raises ``BudamaError`` with
    every reason if none runs.
    """
    reasons = []
    for provider in settings.providers:
        try:
            _session(model, provider, settings)
        except BudamaError as error:
            log.info("%s", error)
            reasons.append(str(error))
        else:
            return provider
    raise BudamaError("no wanted provider can run (latency.providers): " + "; ".join(reasons))


def _session(model: Path, provider: str, settings: Latency) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = settings.threads
    if provider != "CPU":  # a node that lands on the CPU is an error, not a slow surprise
        options.add_session_config_entry("session.disable_cpu_ep_fallback", "1")
    name = f"{provider}ExecutionProvider"
    try:
        session = onnxruntime.InferenceSession(
            model, options, providers=[(name, _OPTIONS[provider])]
        )
    except Exception as error:  # ONNX Runtime's own errors share no base class but this
        raise BudamaError(f"{name} cannot run {model}: {' '.join(str(error).split())}") from error
    if session.get_providers()[0] != name:
        raise BudamaError(f"{name} does not start on this machine (driver, CUDA or cuDNN missing)")
    return session


def _timer(model: Path, provider: str, settings: Latency) -> Callable[[], float]:
    """Return a function that runs ``model`` once and returns the seconds it took."""
    session = _session(model, provider, settings)
    entry = session.get_inputs()[0]
    shape = (settings.batch_size, *entry.shape[1:])
    images = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    device = "cuda" if provider == "CUDA" else "cpu"
    binding = session.io_binding()
    # The input lies on the device before the clock starts, and the output stays there.
    binding.bind_ortvalue_input(
        entry.name, onnxruntime.OrtValue.ortvalue_from_numpy(images, device, 0)
    )
    binding.bind_output(session.get_outputs()[0].name, device)

    def run() -> float:
        start = time.perf_counter()
        session.run_with_iobinding(binding)
        binding.synchronize_outputs()
        return time.perf_counter() - start

    return run


def _describe(times: Times) -> dict[str, Any]:
    p50, p90, p99 = (float(v) for v in np.percentile(times * 1e3, (50, 90, 99)))
    return {"p50_ms": p50, "p90_ms": p90, "p99_ms": p99, "runs": len(times)}
