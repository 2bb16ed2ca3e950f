"""What a cut brings in ONNX Runtime, and how well it repeats: ``make bench-latency``."""

import argparse
import statistics
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import onnxruntime
import torch

from budama.api import prune_model
from budama.config.latency import Latency
from budama.latency.measure import compare, self_test
from budama.latency.operators import operators
from budama.latency.providers import Target
from budama.models.architecture import build
from budama.models.onnx.export import to_onnx
from budama.system.machine.processors import cpu_name
from tools.benchmarks.page import write_section

CUTS = "What a tenth of the channels brings"
REPEATS = "Does it repeat?"
INTRODUCTION = """\
Networks with random weights (time does not depend on them), cut by group magnitude to 90% of the
channels of every layer, as published, and to the next lower multiple of 8 or 16. The ratio of
MACs is what one might hope for. Blocked and plain are layouts in memory: ONNX Runtime's fast
kernels want channels in whole blocks of 16; a layer whose channels do not fill them takes a
slower path, a depthwise one a far slower.
"""
PEER_RUNS = 40
# A loop that shares no code with the library: the same file, the same options
PEER = """
import statistics, sys, time
import numpy, onnxruntime
file, threads, batch, pixels, runs = sys.argv[1], *map(int, sys.argv[2:])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
binding = session.io_binding()
binding.bind_cpu_input("images", numpy.random.rand(batch, 3, pixels, pixels).astype("float32"))
binding.bind_output("logits")
times = []
for _ in range(runs + runs // 4):
    start = time.perf_counter()
    session.run_with_iobinding(binding)
    times.append(time.perf_counter() - start)
print(statistics.median(times[runs // 4:]))
"""


class Network(NamedTuple):
    """What is cut and timed."""

    name: str
    classes: int
    pixels: int


NETWORKS = (
    Network("torchvision/resnet50", 1000, 224),
    Network("torchvision/efficientnet_b4", 101, 380),
)
BUDGETS = (1, 8, 16)


def write_models(network: Network, folder: Path) -> dict[str, Path]:
    """Export the dense network and its cuts; return their files by name."""
    torch.manual_seed(0)
    dense = build(network.name, network.classes).eval()
    example = torch.zeros(1, 3, network.pixels, network.pixels)
    networks = {"dense": dense}
    for multiple in BUDGETS:
        budget = {"channels": 0.1, "round_to": multiple}
        name = "10%" if multiple == 1 else f"10%, round_to {multiple}"
        networks[name] = prune_model(dense, example, [], "magnitude", "layer", budget).network
    files: dict[str, Path] = {}
    for name, candidate in networks.items():
        path = folder / f"{network.name.replace('/', '-')}-{len(files)}.onnx"
        path.write_bytes(to_onnx(candidate.eval(), network.pixels, {}))
        files[name] = path
    return files


def cuts(network: Network, files: dict[str, Path], settings: Latency) -> list[str]:
    """Return the table of one network's cuts."""
    lines = [
        "| cut | batch | MACs | latency | interval | p50, ms | of peak | |",
        "|---|---:|---:|---:|---|---:|---:|---|",
    ]
    dense = files["dense"]
    tested = self_test(dense, settings)
    for found in tested["measurements"]:
        lines.append(_row("dense, a second copy", found))
    for name, file in files.items():
        if name == "dense":
            continue
        for found in compare(dense, file, settings, tested)["measurements"]:
            lines.append(_row(name, found))
            print(network.name, lines[-1], flush=True)
    return lines


def _row(name: str, found: dict[str, Any]) -> str:
    model, dense = found["model"], found["dense"]
    share = "–" if model["peak_pct"] is None else f"{model['peak_pct']:.0f}%"
    return (
        f"| {name} | {found['batch_size']} | {model['macs'] / dense['macs']:.3f} "
        f"| **{found['ratio']:.3f}** | {found['ratio_low']:.3f} – {found['ratio_high']:.3f} "
        f"| {model['p50_ms']:.1f} | {share} | {'noisy' if found['noisy'] else ''} |"
    )


def kinds(files: dict[str, Path], settings: Latency) -> list[str]:
    """Return the table of where the time goes, at a batch of one."""
    target = Target("CPU", settings.threads)
    lines = ["| operators, ms (nodes) | dense | 10% | 10%, round_to 16 |", "|---|---:|---:|---:|"]
    plain, aligned = (
        operators([files["dense"], files[name]], target, 1) for name in ("10%", "10%, round_to 16")
    )
    rounded = {row["kind"]: row for row in aligned}
    names = dict.fromkeys(row["kind"] for row in (*plain, *aligned))
    by_name = {row["kind"]: row for row in plain}
    for name in names:
        either = by_name.get(name) or rounded[name]
        cells = [(either["dense_ms"], either["dense_nodes"])] + [
            (table[name]["model_ms"], table[name]["model_nodes"]) if name in table else (0.0, 0)
            for table in (by_name, rounded)
        ]
        if max(milliseconds for milliseconds, _ in cells) >= 0.05:
            written = " | ".join(f"{milliseconds:.2f} ({nodes})" for milliseconds, nodes in cells)
            lines.append(f"| {name} | {written} |")
    return lines


def repeats(files: dict[str, Path], settings: Latency, times: int) -> list[str]:
    """Measure the same cut several times over and return how far its ratios lie apart."""
    dense, cut = files["dense"], files["10%"]
    tested = self_test(dense, settings)
    ratios = [
        compare(dense, cut, settings, tested)["measurements"][0]["ratio"] for _ in range(times)
    ]
    spread = max(ratios) / min(ratios) - 1
    written = ", ".join(f"{ratio:.3f}" for ratio in ratios)
    return [f"The whole measurement {times} times: {written}; they lie {100 * spread:.1f}% apart."]


def peer(network: Network, files: dict[str, Path], settings: Latency, rounds: int) -> list[str]:
    """Time the dense file with a plain loop, by turns with ours; return the ratio of medians."""
    ours, theirs = [], []
    arguments = [str(files["dense"]), str(settings.threads), "1", str(network.pixels)]
    for _ in range(rounds):
        found = self_test(files["dense"], settings.model_copy(update={"processes": 1}))
        ours.append(found["measurements"][0]["dense"]["p50_ms"])
        loop = [sys.executable, "-c", PEER, *arguments, str(PEER_RUNS)]
        theirs.append(1e3 * float(subprocess.check_output(loop, text=True)))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs, strict=True))
    return [
        f"A plain loop over the same file, by turns, {rounds} times: "
        f"{statistics.median(theirs):.2f} ms, ours {statistics.median(ours):.2f} ms; the median of "
        f"the ratios is {ratio:.3f}."
    ]


def report(batches: list[int], threads: int, times: int) -> dict[str, str]:
    """Measure everything and return the page's sections."""
    settings = Latency(
        providers=["CPU"], batch_sizes=batches, threads=threads, processes=6, warmup=5, runs=6,
        seconds=1,
    )  # fmt: skip
    single = settings.model_copy(update={"batch_sizes": [1], "processes": 7})
    lines = [INTRODUCTION]
    with TemporaryDirectory() as folder:
        written = [(network, write_models(network, Path(folder))) for network in NETWORKS]
        for network, files in written:
            lines += [f"### {network.name}, {network.pixels} pixels", ""]
            lines += [*cuts(network, files, settings), "", *kinds(files, settings), ""]
        network, files = written[0]
        again = [f"{network.name}, a batch of one:", ""]
        again += [f"- {line}" for line in repeats(files, single, times)]
        again += [f"- {line}" for line in peer(network, files, single, times)]
    machine = f"{cpu_name()}, {threads} thread(s), ONNX Runtime {onnxruntime.__version__}"
    again += ["", f"Measured on: {machine}."]
    return {CUTS: "\n".join(lines), REPEATS: "\n".join(again)}


def main() -> None:
    """Write the two sections; what else the page says stays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-sizes", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    sections = report(arguments.batch_sizes, arguments.threads, arguments.repeats)
    for title, body in sections.items():
        write_section(arguments.output, title, body)


if __name__ == "__main__":
    main()
