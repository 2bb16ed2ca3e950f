"""Measurements: what a cut brings in ONNX Runtime, as a ratio, with what proves it."""

import logging
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from budama.config.latency import Latency
from budama.latency.apart import check_apart
from budama.latency.children import in_fresh_process
from budama.latency.choices import possible, precision_file, read_inputs
from budama.latency.machine import Watch, describe_machine, peak_of, share_of_others
from budama.latency.operators import operators
from budama.latency.physics import FLAGGED, share_of_peak
from budama.latency.providers import Target, find_provider, placement
from budama.latency.statistics import CONFIDENCE, Ratio, describe, ratio_of
from budama.system.errors import BudamaError
from budama.system.job.progress import track

log = logging.getLogger("budama")
# Two copies of one file may differ by this much where the interval of their ratio is narrower.
TOLERANCE = 0.02
ATTEMPTS = 3
# What makes two machines one, for a self-test
_SAME = ("host", "cpu", "cores", "affinity", "onnxruntime")


# What each process saw of a pair: see ``process.time_pair``
Times = list[dict[str, Any]]


@dataclass(frozen=True)
class Pair:
    """Two files to time by turns, where each runs, and with how many images at once."""

    files: tuple[Path, Path]
    targets: tuple[Target, Target]
    batch: int


def compare(
    dense: Path, model: Path, settings: Latency, tested: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Time ``model`` against ``dense`` in every precision and batch size.

    What cannot be run is left out, and ``left_out`` says why. ``tested`` is what ``self_test``
    returned for ``dense``; on another machine, or without it, ``dense`` is tested first, and
    ``told_apart`` holds what ``check_apart`` found.
    Raises ``BudamaError`` if no wanted provider runs, if nothing can be timed in fp32, if a node
    runs elsewhere than it should, if the self-test fails, or if a time is shorter than physics
    allows.
    """
    with open_bench(settings, dense, model) as bench:
        if tested is None or not bench.is_that_of(tested):
            bench.check_itself(dense)
        pairs = [
            Pair(_files(dense, model, target.precision), (target, target), batch)
            for target, batch in bench.choices
        ]
        return bench.report(pairs, model)


def self_test(dense: Path, settings: Latency) -> dict[str, Any]:
    """Test the measurement with ``dense``: its own answers, and equal times for two copies of it.

    Then its other precisions are timed with fp32. Returns the same form as ``compare``. Raises
    ``BudamaError`` as that does: if a file may be taken for another, or the copies do not come out
    equal, no ratio that is measured here could be believed.
    """
    with open_bench(settings, dense) as bench:
        full = replace(bench.target, precision="fp32")
        pairs = [
            Pair((dense, precision_file(dense, target.precision)), (full, target), batch)
            for target, batch in bench.choices
        ]
        times = bench.check_itself(dense)
        return bench.report(pairs, dense, times)


def _files(dense: Path, model: Path, precision: str) -> tuple[Path, Path]:
    return precision_file(dense, precision), precision_file(model, precision)


@contextmanager
def open_bench(settings: Latency, *models: Path) -> Iterator["Bench"]:
    """Yield what times ``models`` and others like them; engines that are built go with it."""
    with tempfile.TemporaryDirectory(prefix="budama-engines-") as engines:
        yield Bench(models, settings, engines)


class Bench:
    """One machine and provider on which pairs of files are timed.

    ``choices`` are where each precision runs, with each batch size, the headline first;
    ``left_out`` says what of the settings cannot be run, and why.
    """

    def __init__(self, models: Sequence[Path], settings: Latency, engines: str = "") -> None:
        self.settings = settings
        inputs = read_inputs(models, settings)
        provider, self.passed_over = find_provider(models[0], settings.providers, settings.threads)
        for reason in self.passed_over:
            log.warning("passed over: %s", reason)
        self.target = Target(
            provider, settings.threads, cuda_graph=settings.cuda_graph, engines=engines
        )
        self.choices, self.left_out = possible(models, settings, self.target, inputs)
        for reason in self.left_out:
            log.warning("left out: %s", reason)
        self.machine = describe_machine(provider)
        self.told_apart: list[dict[str, Any]] = []

    def is_that_of(self, report: dict[str, Any]) -> bool:
        """Whether ``report`` was measured on this machine."""
        names = [found.get("gpu", {}).get("name") for found in (report["machine"], self.machine)]
        return (
            report["provider"] == self.target.provider
            and all(report["machine"].get(key) == self.machine[key] for key in _SAME)
            and names[0] == names[1]
        )

    def check_itself(self, model: Path) -> Times:
        """Return the times of two copies of one file, first in precision and batch size.

        Raises ``BudamaError`` if files of the same names are not told apart, or unless the copies
        come out equal, after three attempts.
        """
        first = {choice.target.precision: choice for choice in reversed(self.choices)}
        self.told_apart = [
            check_apart(precision_file(model, precision), choice.target, choice.batch)
            for precision, choice in reversed(first.items())
        ]
        pair = Pair((model, model), (self.choices[0].target,) * 2, self.choices[0].batch)
        for _ in range(ATTEMPTS):
            (processes,) = self.times([pair])
            ratio, _ = ratio_of([process["blocks"] for process in processes])
            if equal(ratio):
                return processes
            log.warning("self-test: two copies of one file differ: %s", ratio)
        raise BudamaError(
            f"two copies of {model} do not take the same time on this machine: ratio "
            f"{ratio.value:.3f} ({ratio.low:.3f} to {ratio.high:.3f}). Something disturbs it: stop "
            "other programs, or raise latency.seconds and latency.processes"
        )

    def report(self, pairs: list[Pair], model: Path, known: Times | None = None) -> dict[str, Any]:
        """Time ``pairs`` and return all that is known of them.

        ``model`` is the second model's fp32 file. ``known`` are the times of the first pair where
        that was timed already: as the reference's two copies.
        """
        times = self.times(pairs) if known is None else [known, *self.times(pairs[1:])]
        uses = [process["use"] for processes in times for process in processes]
        found = {
            "provider": self.target.provider,
            "reference": known is not None,
            "passed_over": self.passed_over,
            "left_out": self.left_out,
            "told_apart": self.told_apart,
            "machine": self.machine | share_of_others(uses),
            "settings": self.settings.model_dump(mode="json"),
            "placement": placement(model, self.target, pairs[0].batch),
            "measurements": [
                judge(pair, processes) for pair, processes in zip(pairs, times, strict=True)
            ],
        }
        if self.settings.operators and self.target.provider == "CPU":
            # on a GPU the profiler sees only when work was handed over
            found["operators"] = operators(pairs[0].files, self.target, pairs[0].batch)
        return found

    def times(self, pairs: list[Pair], settings: Latency | None = None) -> list[Times]:
        """Return for each pair what each process saw; the pairs take turns, so that all drift.

        ``settings`` take the place of the bench's own where they are given. What others used of the
        machine meanwhile is each process's ``use``.
        """
        own = settings or self.settings
        plan = own.model_dump(include={"warmup", "runs", "seconds"})
        found: list[Times] = [[] for _ in pairs]
        rounds = list(range(len(pairs))) * own.processes
        for index in track(rounds, len(rounds), "latency", "processes"):
            pair, watch = pairs[index], Watch()
            process = in_fresh_process(
                "time_pair", pair.files, pair.targets, batch=pair.batch, plan=plan
            )
            found[index].append(process | {"use": watch.use()})
        return found


def equal(ratio: Ratio) -> bool:
    """Whether a ratio of two copies of one file is 1 as far as its interval, or 2%, can tell.

    The interval of fewer than six processes can tell nothing.
    """
    if ratio.coverage < CONFIDENCE:
        log.warning("latency.processes is below 6: the self-test proves nothing (%s)", ratio)
        return True
    return ratio.low <= 1 <= ratio.high or abs(ratio.value - 1) <= TOLERANCE


def judge(pair: Pair, processes: Times) -> dict[str, Any]:
    """Return the figures of one pair from what its processes saw.

    Raises ``BudamaError`` if a time is shorter than physics allows.
    """
    ratio, ratios = ratio_of([process["blocks"] for process in processes])
    sides = {}
    for side, name in enumerate(("dense", "model")):
        blocks = [process["blocks"][side] for process in processes]
        figures = describe(blocks, pair.batch)
        warm = all(process["warmup"][side][1] for process in processes)
        sides[name] = figures | {"steady": warm} | physics(pair, side, figures["p50_ms"])
    return {
        "precision": pair.targets[1].precision,
        "batch_size": pair.batch,
        "ratio": ratio.value,
        "ratio_low": ratio.low,
        "ratio_high": ratio.high,
        "coverage_pct": 100 * ratio.coverage,
        "noisy": ratio.noisy,
        "ratios": ratios,
        **sides,
    }


def physics(pair: Pair, side: int, p50_ms: float) -> dict[str, Any]:
    """Return the share of the device's peak that one side's median is, where both are known.

    The multiply-accumulates are counted in the file's graph; what it says of itself is not read.
    """
    file, peak = pair.files[side], peak_of(pair.targets[side])
    macs = _macs(file, file.stat().st_mtime_ns)
    if macs is None or peak is None:
        reason = "its MACs cannot be counted" if macs is None else "no peak is known"
        return {"macs": macs, "peak_pct": None, "peak": reason}
    share = share_of_peak(macs, pair.batch, p50_ms / 1e3, peak)
    if share > FLAGGED:
        log.warning("%s runs at %.0f%% of the peak: check it", file, 100 * share)
    return {"macs": macs, "peak_pct": 100 * share, "peak": peak.source, "high": share > FLAGGED}


@lru_cache(maxsize=64)
def _macs(file: Path, _written: int) -> int | None:
    from budama.models.onnx.macs import count_macs

    return count_macs(file)
