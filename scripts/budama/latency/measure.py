"""Measurements: what a cut brings in ONNX Runtime, as a ratio, with what proves it."""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from budama.config.latency import Latency
from budama.latency.machine import Watch, describe_machine, peak_of
from budama.latency.operators import operators
from budama.latency.physics import FLAGGED, share_of_peak
from budama.latency.providers import Target, find_provider, placement
from budama.latency.requirements import needs_driver
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


def precision_file(model: Path, precision: str) -> Path:
    """Return the file of ``model``, which may be anybody's, in a precision.

    Ours are called so too: see ``config.places.onnx_file``.
    """
    return model if precision in ("fp32", "tf32") else model.with_suffix(f".{precision}.onnx")


def compare(
    dense: Path, model: Path, settings: Latency, tested: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Time ``model`` against ``dense`` in every precision and batch size.

    ``tested`` is what ``self_test`` returned for ``dense``; on another machine, or without it, two
    copies of ``dense`` are timed first.
    Raises ``BudamaError`` if no wanted provider runs, if a node runs elsewhere than it should, if
    two copies of one file differ, or if a time is shorter than physics allows.
    """
    _check_files(settings, dense, model)
    with _bench(dense, settings) as bench:
        if tested is None or not bench.is_that_of(tested):
            bench.check_itself(dense)
        pairs = [
            Pair(_files(dense, model, target.precision), (target, target), batch)
            for target, batch in bench.choices()
        ]
        return bench.report(pairs, model)


def self_test(dense: Path, settings: Latency) -> dict[str, Any]:
    """Time two copies of ``dense`` against each other, then its other precisions with fp32.

    Returns the same form as ``compare``. Raises ``BudamaError`` as that does: if the copies do not
    come out equal, no ratio that is measured here could be believed.
    """
    _check_files(settings, dense)
    with _bench(dense, settings) as bench:
        full = replace(bench.target, precision="fp32")
        pairs = [
            Pair((dense, precision_file(dense, target.precision)), (full, target), batch)
            for target, batch in bench.choices()
        ]
        return bench.report(pairs, dense, bench.check_itself(dense))


def _files(dense: Path, model: Path, precision: str) -> tuple[Path, Path]:
    return precision_file(dense, precision), precision_file(model, precision)


def _check_files(settings: Latency, *models: Path) -> None:
    """Raise ``BudamaError`` if a file that is to be timed would have others read, or run."""
    from budama.models.onnx.file import check_foreign

    for file in {precision_file(model, p) for model in models for p in settings.precisions}:
        check_foreign(file)


@contextmanager
def _bench(dense: Path, settings: Latency) -> Iterator["Bench"]:
    with tempfile.TemporaryDirectory(prefix="budama-engines-") as engines:
        yield Bench(dense, settings, engines)


class Bench:
    """One machine and provider on which pairs of files are timed."""

    def __init__(self, model: Path, settings: Latency, engines: str = "") -> None:
        self.settings = settings
        provider, self.passed_over = find_provider(model, settings.providers, settings.threads)
        for reason in self.passed_over:
            log.warning("passed over: %s", reason)
        self.target = Target(
            provider, settings.threads, cuda_graph=settings.cuda_graph, engines=engines
        )
        self.machine = describe_machine(provider)

    def choices(self) -> Iterator[tuple[Target, int]]:
        """Yield where each precision runs, with each batch size; the headline comes first."""
        for precision, batch in product(self.settings.precisions, self.settings.batch_sizes):
            if precision == "tf32" and not needs_driver(self.target.provider):
                log.info("tf32 is left out: %s does not have it", self.target.provider)
                continue
            yield replace(self.target, precision=precision), batch

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

        Raises ``BudamaError`` unless they come out equal, after three attempts.
        """
        pair = Pair((model, model), (self.target, self.target), self.settings.batch_sizes[0])
        for _ in range(ATTEMPTS):
            (processes,) = self._times([pair])
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
        watch = Watch()
        times = self._times(pairs) if known is None else [known, *self._times(pairs[1:])]
        found = {
            "provider": self.target.provider,
            "reference": known is not None,
            "passed_over": self.passed_over,
            "machine": self.machine | watch.others(),
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

    def _times(self, pairs: list[Pair]) -> list[Times]:
        """Return for each pair what each process saw; the pairs take turns, so that all drift."""
        plan = self.settings.model_dump(include={"warmup", "runs", "seconds"})
        found: list[Times] = [[] for _ in pairs]
        rounds = list(range(len(pairs))) * self.settings.processes
        for index in track(rounds, len(rounds), "latency", "processes"):
            found[index].append(_in_fresh_process(pairs[index], plan))
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
        macs = processes[0]["macs"][side]
        figures = describe(blocks, pair.batch)
        warm = all(process["warmup"][side][1] for process in processes)
        sides[name] = figures | {"steady": warm} | physics(macs, pair, side, figures["p50_ms"])
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


def physics(macs: int | None, pair: Pair, side: int, p50_ms: float) -> dict[str, Any]:
    """Return the share of the device's peak that one side's median is, where both are known."""
    peak = peak_of(pair.targets[side])
    if macs is None or peak is None:
        reason = "the file does not tell its MACs" if macs is None else "no peak is known"
        return {"macs": macs, "peak_pct": None, "peak": reason}
    share = share_of_peak(macs, pair.batch, p50_ms / 1e3, peak)
    if share > FLAGGED:
        log.warning("%s runs at %.0f%% of the peak: check it", pair.files[side], 100 * share)
    return {"macs": macs, "peak_pct": 100 * share, "peak": peak.source, "high": share > FLAGGED}


def _as_shipped(pair: Pair) -> dict[str, str]:
    """Return the environment without what the workflow sets for its own speed: memory as usual."""
    usual = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    if any(target.precision == "tf32" for target in pair.targets):
        return usual
    return usual | {"NVIDIA_TF32_OVERRIDE": "0"}  # TensorRT has no option of its own for it


def _in_fresh_process(pair: Pair, plan: dict[str, Any]) -> dict[str, Any]:
    given = {
        "files": [str(file) for file in pair.files],
        "targets": [asdict(target) for target in pair.targets],
        "batch": pair.batch,
        "plan": plan,
    }
    done = subprocess.run(
        [sys.executable, "-m", "budama.latency.process"],
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=_as_shipped(pair),
    )
    if done.returncode:
        raise BudamaError(
            f"the process that timed {pair.files[1]} ended with code {done.returncode}; the log "
            "holds what it printed"
        )
    found: dict[str, Any] = json.loads(done.stdout)
    if "error" in found:
        raise BudamaError(found["error"])
    return found
