"""Budgets in time, kept or not, and worth it or not: ``make bench-budgets`` writes docs/latency.md.

The first section cuts networks with random weights to shares of their time, exports the cut and
times it as the latency stage does. The second compares, at equal measured time and without any
training, what a budget in latency keeps of a task's accuracy with what one in MACs does.
"""

import argparse
import copy
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import onnxruntime
import torch

from budama.config.budget import Budget
from budama.config.cut import LOSS, Normaliser
from budama.config.latency import Latency
from budama.config.places import ONNX, dense_folder
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.latency.costing import measure_costs
from budama.latency.measure import compare, open_bench, self_test
from budama.latency.stopwatch import Stopwatch
from budama.latency.timed_cuts import cut_in_time
from budama.models.architecture import build
from budama.models.figures import count_macs
from budama.models.onnx.export import to_onnx
from budama.models.prediction import Verdict, judge
from budama.pruning.choice import Cutter, best_of
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.loss import Sensitivity
from budama.pruning.order import Cut, Scores, order_of_cuts
from budama.pruning.repair.apply import Repairer
from budama.pruning.timed.clock import Clock
from budama.pruning.timed.knapsack import order_by_time
from budama.pruning.timed.sizes import units_left
from budama.pruning.timed.variants import Variants
from budama.stages.costs import whole_networks
from budama.system.machine.processors import cpu_name
from tools.benchmarks.latency import NETWORKS as LARGE
from tools.benchmarks.latency import Network
from tools.benchmarks.page import write_section
from tools.benchmarks.repair import METHODS, Bench

KEPT = "Is a budget in time kept?"
WORTH = "Is it worth it?"
SETTINGS = Latency(providers=["CPU"], batch_sizes=[1], seconds=1, runs=20, warmup=10)


NETWORKS = (Network("timm/tf_efficientnet_lite0", 10, 40), *LARGE)


def kept(network: Network, folder: Path) -> Iterator[str]:
    """Yield a row for each scope and target of one network."""
    torch.manual_seed(0)
    dense = build(network.name, network.classes).eval()
    graph = PruningGraph(dense, network.pixels)
    groups = graph.groups
    scores = calibration_scores(load_criterion("magnitude"), dense, groups, [], torch.device("cpu"))
    file = folder / "dense.onnx"
    file.write_bytes(to_onnx(dense, network.pixels, {}))
    with open_bench(SETTINGS, file) as bench:
        tested = self_test(file, SETTINGS)
        start = time.monotonic()
        variants = Variants(dense, groups, file, network.pixels)
        watch = Stopwatch(bench, variants, folder / "memory")
        table = measure_costs(variants, watch.target, watch.device, "", folder / "journal")
        table = table.model_copy(update={"whole": whole_networks(table, groups, watch)})
        taken = time.monotonic() - start
        print(f"{network.name}: table in {taken:.0f} s", file=sys.stderr, flush=True)
        for scope, target in (("global", 0.7), ("global", 0.5), ("layer", 0.5)):
            cutter = Cutter(
                Repairer(dense, groups, list),
                graph,
                lambda: lambda _network, _groups: scores,
                scope,  # type: ignore[arg-type]
                Budget(latency=target),
                "none",
                clock=Clock(table),
            )
            start = time.monotonic()
            cut, ratio = cut_in_time(cutter, "lamp", watch)
            chosen = time.monotonic() - start
            own = folder / "cut.onnx"
            own.write_bytes(to_onnx(cut.network.eval(), network.pixels, {}))
            (found,) = compare(file, own, SETTINGS, tested)["measurements"]
            macs = (
                count_macs(cut.network, network.pixels).total()
                / count_macs(dense, network.pixels).total()
            )
            assert cutter.clock is not None
            row = (
                f"| {network.name.partition('/')[2]} | {scope} | {target} "
                f"| {len(cutter.clock.tried)} | {ratio.value:.3f} | **{found['ratio']:.3f}** "
                f"| {found['ratio_low']:.3f} – {found['ratio_high']:.3f} "
                f"| {100 * (found['ratio'] / target - 1):+.1f}% | {macs:.3f} "
                f"| {taken:.0f} s, {chosen:.0f} s |"
            )
            print(row, file=sys.stderr, flush=True)
            yield row


def page_of_kept(networks: Sequence[Network]) -> str:
    """Measure and return the first section."""
    lines = [
        "Random weights, magnitude (normaliser LAMP), no repair. The last measurement is that of "
        "the latency stage on the cut network as exported.",
        "",
        "| network | scope | target | candidates | in the cut | afterwards | interval "
        "| from target | MACs | table, cut |",
        "|---|---|---:|---:|---:|---:|---|---:|---:|---:|",
    ]
    for network in networks:
        with TemporaryDirectory() as folder:
            lines += kept(network, Path(folder))
    return "\n".join([*lines, "", _where()])


class Found(NamedTuple):
    """A cut, refitted: its accuracy on validation images in percent, and its share of the time."""

    accuracy: float
    time: float
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.accuracy:.1f} ({self.time:.3f})"


class Race:
    """A task's dense model, cut to the same time in several ways, and refitted."""

    def __init__(self, task: str, watch: Stopwatch, bench: Bench, clock: Clock) -> None:
        self.watch, self.bench, self.clock = watch, bench, clock
        self.size = bench.description.input.size
        self.groups = list(bench.repairer.groups)
        self.sensitivity = Sensitivity(bench.network, self.groups, bench.images["calibration"])

    def lines(self, targets: Sequence[float], methods: Sequence[str]) -> Iterator[str]:
        """Yield the table: a row for each method, and their means."""
        yield "| time | method | MACs, 8 | 16 | by loss, 8 | latency |"
        yield "|---|---|---:|---:|---:|---:|"
        for target in targets:
            rows = {}
            for method in methods:
                own = self.bench.methods[method].normalisers
                rows[method] = [
                    best({n: self.ranked(method, target, step, n) for n in own}) for step in (8, 16)
                ]
                rows[method].append(self.ranked(method, target, 8, LOSS))
                rows[method].append(best({n: self.timed(method, target, n) for n in (*own, LOSS)}))
                name = f"*{method}*" if method == "random" else method
                row = f"| {target} | {name} | {' | '.join(map(str, rows[method]))} |"
                print(row, file=sys.stderr, flush=True)
                yield row
            four = [rows[method] for method in methods if method != "random"]
            means = (
                statistics.mean(f.accuracy for f in column) for column in zip(*four, strict=True)
            )
            yield f"| {target} | **mean** | {' | '.join(f'{m:.1f}' for m in means)} |"

    def scores(self, method: str, normaliser: Normaliser) -> Scores:
        """Return what channels are ranked by, the rise of the loss where that is the normaliser."""
        own = self.bench.scores[method]
        ordered = {g.name: own[g.name] for g in self.groups if g.name in own}
        scores = self.bench.methods[method].for_seed(ordered, 0)
        return self.sensitivity.losses(self.groups, scores) if normaliser == LOSS else scores

    def timed(self, method: str, target: float, normaliser: Normaliser) -> Found:
        """Return what the order of a budget in latency keeps."""
        cuts = order_by_time(self.groups, self.scores(method, normaliser), self.clock, normaliser)
        return self.finish(cuts, target)

    def ranked(self, method: str, target: float, step: int, normaliser: Normaliser) -> Found:
        """Return what the order of a budget in MACs keeps, as far down as the time asks."""
        scores = self.scores(method, normaliser)
        return self.finish(
            order_of_cuts(self.groups, scores, "global", step, normaliser=normaliser), target
        )

    def finish(self, cuts: list[Cut], target: float) -> Found:
        """Return what is left where ``cuts`` take ``target`` of the time, refitted."""
        # each order has errors of its own
        taken = Clock(self.clock.table, self.clock.timer).meet(cuts, self.groups, target)
        gone = {place: set[int]() for place in range(len(self.groups))}
        for cut in taken:
            gone[cut.layer] |= set(cut.units)
        kept = {
            group.name: group.channels_of(sorted(set(range(group.units)) - gone[place]))
            for place, group in enumerate(self.groups)
            if gone[place]
        }
        time_left = self.watch.in_short(units_left(self.groups, kept))
        network = copy.deepcopy(self.bench.network)
        keep_channels(network, kept, self.size)
        self.bench.repairer.repair(network, kept, "refit")
        verdict = judge(network, self.bench.images["selection"], "selection")
        return Found(self.bench.accuracy(network, "validation"), time_left, verdict)


def best(found: dict[Normaliser, Found]) -> Found:
    """Return what ``normaliser: auto`` would keep."""
    return found[best_of({name: one.verdict for name, one in found.items()})]


def page_of_worth(task: str, targets: Sequence[float], methods: Sequence[str]) -> str:
    """Measure and return the second section; needs the task's dense model and its ONNX file."""
    bench = Bench(task)
    file, size = Path(dense_folder(task), ONNX), bench.description.input.size
    with TemporaryDirectory() as name, open_bench(SETTINGS, file) as times:
        folder = Path(name)
        variants = Variants(bench.network, bench.repairer.groups, file, size)
        watch = Stopwatch(times, variants, folder / "memory")
        table = measure_costs(variants, watch.target, watch.device, "", folder / "journal")
        whole = whole_networks(table, list(bench.repairer.groups), watch)
        clock = Clock(table.model_copy(update={"whole": whole}), watch.in_short)
        lines = list(Race(task, watch, bench, clock).lines(targets, methods))
    dense = bench.accuracy(bench.network, "validation")
    head = (
        f"`{task}`, {len(bench.images['validation'])} batches of validation images, dense "
        f"{dense:.1f}%. Global, refit, `normaliser: auto`, no training. In brackets the share of "
        "the dense time as it was measured in short. The first columns go down the order of a "
        "budget in MACs with `round_to` 8 or 16 until the time is met, by the best of the "
        "normalisers that look at scores alone, and by `loss`, each a rank per channel; the last "
        "one asks for importance per time."
    )
    return "\n".join([head, "", *lines, "", _where()])


def _where() -> str:
    return f"Measured on: {cpu_name()}, 1 thread, ONNX Runtime {onnxruntime.__version__}."


def main() -> None:
    """Measure what is asked for, and write its section."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="lite0-fashion-mnist-small")
    parser.add_argument("--methods", nargs="+", default=METHODS)
    parser.add_argument("--targets", type=float, nargs="+", default=[0.5, 0.35])
    parser.add_argument("--networks", nargs="*", default=[network.name for network in NETWORKS])
    parser.add_argument("--only", choices=["kept", "worth"])
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    sections = {}
    if arguments.only != "kept":
        sections[WORTH] = page_of_worth(arguments.task, arguments.targets, arguments.methods)
    if arguments.only != "worth":
        sections[KEPT] = page_of_kept([n for n in NETWORKS if n.name in arguments.networks])
    for title, body in sections.items():
        print(body)
        if arguments.output:
            write_section(arguments.output, title, body)


if __name__ == "__main__":
    main()
