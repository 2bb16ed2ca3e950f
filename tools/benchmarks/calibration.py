"""What calibration costs over the bare pass: ``make bench-calibration`` prints the table."""

import argparse
import copy
import multiprocessing
import os
import platform
import re
import statistics
import warnings
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch_pruning as tp
from torch import nn
from torch.profiler import ProfilerActivity, profile

from budama.config.budget import Budget
from budama.config.cut import Repair
from budama.criteria.base import Batch, Calibration
from budama.criteria.registry import load_criterion
from budama.criteria.scoring import calibration_scores
from budama.models.architecture import build
from budama.pruning.cutting import cut_to_budget
from budama.pruning.graph import PruningGraph
from budama.pruning.repair.apply import Repairer
from budama.system.job.device import to_device
from tools.benchmarks.timing import seconds

CRITERIA: dict[str, tuple[str, dict[str, Any]]] = {
    "wanda": ("wanda", {}),
    "coverage": ("coverage", {}),
    "coverage, 10 sections": ("coverage", {"sections": 10}),
    "taylor": ("taylor", {}),
    "taylor, gate": ("taylor", {"variant": "gate"}),
    "magnitude": ("magnitude", {}),
    "lamp": ("lamp", {}),
    "fpgm": ("fpgm", {}),
    "bn_scale": ("bn_scale", {}),
}
THEIRS = {
    "taylor": tp.importance.GroupTaylorImportance,
    "magnitude": tp.importance.GroupMagnitudeImportance,
    "lamp": tp.importance.LAMPImportance,
    "fpgm": tp.importance.FPGMImportance,
    "bn_scale": tp.importance.BNScaleImportance,
}
# A repair also solves equations, however few the images are: so they are shown several times
AGAIN = 8
REPAIRS: tuple[Repair, ...] = ("norms", "refit")
HOW = """\
Each criterion scores the channels of a network with random weights on random images that lie in
memory. The bare pass is the forward pass, or the forward and backward pass, on the same batches;
criteria that look at weights alone need none, and their time is given as a share of a forward pass.
All candidates take turns, round by round; the figure is the median over the rounds of a round's
ratio. Peak memory is that of a process of its own (on a GPU: of the tensors), over the bare pass's,
and differs by some 100 MiB from run to run for the large network.

The goal is 1.10. Taylor and the criteria of weights meet it, and are not slower than
Torch-Pruning's. Wanda and coverage read the input of every layer once more, for sums that torch has
no single kernel for. It shows most where a network does little with what it reads, as one of
depthwise convolutions on small images.

The repair of a cut to half of the multiply-accumulates is measured against a forward pass of the
dense network over the same images, too. A refit runs both networks once, and its goal is 3.0; the
passes that it holds take at most 2 GiB, whatever the number of images.
"""
GOAL = 1.10


@dataclass(frozen=True)
class Workload:
    """A network, what to run through it, and where."""

    model: str
    pixels: int
    batch_size: int
    batches: int
    device: str

    def prepare(self) -> "Bench":
        """Build the network and draw the images."""
        torch.manual_seed(0)
        network = build(self.model, 100).eval()
        to_device(network, torch.device(self.device))
        images = torch.randn(self.batch_size, 3, self.pixels, self.pixels)
        images = images.to(self.device, memory_format=torch.channels_last)
        labels = torch.randint(100, (self.batch_size,), device=self.device)
        return Bench(network, [(images, labels)] * self.batches)


class Bench:
    """The candidates, each a call without arguments."""

    def __init__(self, network: nn.Module, batches: list[Batch]) -> None:
        self.network = network
        self.batches = batches
        self.device = next(network.parameters()).device
        size = batches[0][0].shape[-1]
        self.groups = PruningGraph(network, size).groups
        self.passes = Calibration(network, self.groups, lambda: batches)

    def ours(self, name: str) -> Callable[[], Any]:
        """Calibration with one of ``CRITERIA``."""
        method, options = CRITERIA[name]
        criterion = load_criterion(method, **options)
        return lambda: calibration_scores(
            criterion, self.network, self.groups, self.batches, self.device
        )

    def theirs(self, name: str) -> Callable[[], Any]:
        """Torch-Pruning's importance of the same groups."""
        importance = THEIRS[name]()
        gradients = name == "taylor"
        graph = tp.DependencyGraph().build_dependency(self.network, self.batches[0][0][:1])
        coupled = list(graph.get_all_groups(root_module_types=[nn.Conv2d, nn.Linear]))

        def score() -> Any:
            if gradients:
                self.network.zero_grad()
                for images, labels in self.batches:
                    nn.functional.cross_entropy(self.network(images), labels).backward()  # type: ignore[no-untyped-call]
            return [importance(group) for group in coupled]

        return score

    def repairs(self) -> dict[str, Callable[[], Any]]:
        """What repairs a cut, each with a copy of the network as it was cut."""
        size = self.batches[0][0].shape[-1]
        network = copy.deepcopy(self.network)
        magnitude = load_criterion("magnitude")
        scores = calibration_scores(magnitude, network, self.groups, [], self.device)
        budget = Budget(macs=0.5)
        graph = PruningGraph(network, size)
        kept = cut_to_budget(network, graph, lambda *_: scores, "layer", budget).kept
        repairer = Repairer(self.network, self.groups, lambda: self.batches * AGAIN)

        def repair(how: Repair) -> Callable[[], Any]:
            return lambda: repairer.repair(copy.deepcopy(network), kept, how)

        return {how: repair(how) for how in REPAIRS}

    def bare(self, name: str) -> Callable[[], Any]:
        """The pass that one of ``CRITERIA`` makes anyway, as often as it does."""
        method, options = CRITERIA[name]
        criterion = load_criterion(method, **options)
        once = self.passes.backward if criterion.needs == "gradients" else self.passes.forward
        return lambda: [list(once()) for _ in range(max(1, criterion.passes))]


def ratios(bench: Bench, rounds: int) -> dict[str, tuple[float, float | None]]:
    """Return each criterion's time over its bare pass, and Torch-Pruning's over the same."""
    mine, others = defaultdict(list), defaultdict(list)
    candidates = {
        name: (bench.bare(name), bench.ours(name), bench.theirs(name) if name in THEIRS else None)
        for name in CRITERIA
    }
    for turn in range(rounds + 1):
        for name, (bare, ours, theirs) in candidates.items():
            below = seconds(bare, bench.device)
            if turn == 0:  # the first turn warms up
                seconds(ours, bench.device)
                continue
            mine[name].append(seconds(ours, bench.device) / below)
            if theirs is not None:
                others[name].append(seconds(theirs, bench.device) / below)
    return {
        name: (
            statistics.median(mine[name]),
            statistics.median(others[name]) if name in others else None,
        )
        for name in CRITERIA
    }


def repair_lines(bench: Bench, rounds: int) -> list[str]:
    """Return the table of what each repair takes, over a forward pass."""
    found = defaultdict(list)
    bare = [bench.bare("wanda")] * AGAIN
    images = AGAIN * sum(len(images) for images, _ in bench.batches)
    repairs = bench.repairs()
    for turn in range(rounds + 1):
        for name, repair in repairs.items():
            passes = seconds(lambda: [once() for once in bare], bench.device)
            ratio = seconds(repair, bench.device) / passes
            if turn > 0:  # the first turn warms up
                found[name].append(ratio)
    rows = [f"| {name} | {statistics.median(of):.2f} |" for name, of in found.items()]
    head = f"| repair, {images:,} images | time over a forward pass of the dense network |"
    return [head, "|---|---:|", *rows, ""]


def peak_mib(workload: Workload, name: str, of: str) -> float:
    """Return the peak memory of one candidate; meant for a process of its own."""
    warnings.simplefilter("ignore")
    bench = workload.prepare()
    (bench.ours if of == "ours" else bench.bare)(name)()
    if workload.device.startswith("cuda"):
        return torch.cuda.max_memory_allocated() / 2**20
    # getrusage would give the peak of the process that started this one, if that was higher
    status = Path("/proc/self/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 2**10


def extra_memory(workload: Workload, name: str) -> float:
    """Return how many MiB calibration needs beyond its bare pass."""
    for setting in ("MALLOC_MMAP_MAX_", "MALLOC_TRIM_THRESHOLD_"):
        os.environ.pop(setting, None)  # kept memory would count as used
    with ProcessPoolExecutor(
        1, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        ours, bare = pool.map(peak_mib, [workload] * 2, [name] * 2, ["ours", "bare"])
    return ours - bare


def what_limits(bench: Bench, name: str) -> str:
    """Return the operators that take the most time beyond the bare pass."""

    activities = [ProfilerActivity.CPU]
    if bench.device.type == "cuda":
        activities.append(ProfilerActivity.CUDA)

    def operators(candidate: Callable[[], Any]) -> dict[str, float]:
        with profile(activities=activities) as profiler:
            candidate()
        return {
            row.key: row.self_cpu_time_total + row.self_device_time_total
            for row in profiler.key_averages()
        }

    bare, mine = operators(bench.bare(name)), operators(bench.ours(name))
    extra = {key: spent - bare.get(key, 0.0) for key, spent in mine.items()}
    worst = sorted(extra, key=lambda key: -extra[key])[:3]
    whole = sum(bare.values())
    return ", ".join(f"{key} {extra[key] / whole:.0%}" for key in worst)


def table(workload: Workload, rounds: int) -> list[str]:
    """Measure everything on one network; return Markdown lines."""
    bench = workload.prepare()
    found = ratios(bench, rounds)
    lines = [
        f"## {workload.model}, {workload.pixels} pixels, "
        f"{workload.batches} batches of {workload.batch_size}",
        "",
        "| criterion | bare pass | time over it | Torch-Pruning's | more memory, MiB |",
        "|---|---|---:|---:|---:|",
    ]
    limits = []
    for name, (ours, theirs) in found.items():
        criterion = load_criterion(CRITERIA[name][0], **CRITERIA[name][1])
        kind = "forward + backward" if criterion.needs == "gradients" else "forward"
        peer = "–" if theirs is None else f"{theirs:.3f}"
        times = "" if criterion.passes else " (none needed)"
        memory = extra_memory(workload, name) if criterion.passes else None
        more = "–" if memory is None else f"{memory:+.0f}"
        passes = f"{criterion.passes} x {kind}" if criterion.passes > 1 else kind
        lines.append(f"| {name} | {passes}{times} | {ours:.3f} | {peer} | {more} |")
        print(lines[-1], flush=True)
        if ours > GOAL:
            limits.append(f"- {name}, of the bare pass's time: {what_limits(bench, name)}")
    lines += ["", *(["What limits those over 1.10:", "", *limits, ""] if limits else [])]
    return [*lines, *repair_lines(bench, rounds)]


def main() -> None:
    """Print the tables, and write them where ``--output`` says."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description="What calibration costs over the bare pass.")
    parser.add_argument(
        "--workloads",
        nargs="+",
        metavar="MODEL:PIXELS:BATCH_SIZE:BATCHES",
        # the reports' first network, and the demo
        default=["torchvision/resnet50:224:32:2", "timm/tf_efficientnet_lite0:40:64:10"],
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--output", type=Path)
    arguments = parser.parse_args()
    device = (
        torch.cuda.get_device_name()
        if arguments.device.startswith("cuda")
        else f"{torch.get_num_threads()} threads of a {platform.machine()} CPU"
    )
    text = f"Measured on {device}, torch {torch.__version__}; {arguments.rounds} rounds.\n\n"
    for chosen in arguments.workloads:
        model, *numbers = chosen.split(":")
        pixels, batch_size, batches = map(int, numbers)
        workload = Workload(model, pixels, batch_size, batches, arguments.device)
        text += "\n".join(table(workload, arguments.rounds)) + "\n"
    print("\n" + text)
    if arguments.output:
        arguments.output.write_text(f"# What calibration costs\n\n{HOW}\n{text}")


if __name__ == "__main__":
    main()
