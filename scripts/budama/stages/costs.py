"""The costs stage: what layers take at which widths on the task's device, once for all methods."""

import logging
import shutil
from pathlib import Path

from budama.config.cut import Kind
from budama.config.latency import Latency
from budama.latency.costing import measure_costs
from budama.latency.measure import open_bench
from budama.latency.stopwatch import Stopwatch, memory_of
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.rebuild import load_model
from budama.pruning.timed.model import TimeModel
from budama.pruning.timed.table import CostTable
from budama.pruning.timed.variants import Variants
from budama.system.files.atomic import write_json
from budama.system.files.json_file import read_json
from budama.system.job.device import Execution
from budama.system.job.progress import track

log = logging.getLogger("budama")
# The shares of their channels at which all layers together are timed
SHARES = (0.9, 0.75, 0.6, 0.45, 0.3, 0.2)


def costs(
    *,
    dense: Path,
    onnx: Path,
    tested: Path,
    output: Path,
    latency: Latency,
    units: list[Kind],
    execution: Execution,
) -> None:
    """Write to ``output`` what the layers of the model ``dense`` take at which widths.

    ``onnx`` is its ONNX file, ``tested`` what the stage ``selftest`` wrote for that: where it is
    missing or of another machine, the measurement is tested first. Times are those of the first of
    the wanted providers that runs, at the first batch size, in fp32. What was measured stands in a
    journal beside ``output`` until the table is whole: an interrupted job goes on. Raises
    ``BudamaError`` if no provider runs, and as the self-test does.
    """
    execution.prepare()
    network, description = load_model(dense, own_code=True)
    groups = PruningGraph(network, description.input.size, units=units).groups
    variants = Variants(network, groups, onnx, description.input.size)
    journal = output.with_suffix(".journal")
    if not journal.exists():  # what is measured anew is not to be remembered from before
        shutil.rmtree(memory_of(output), ignore_errors=True)
    with open_bench(latency, onnx) as bench:
        if not tested.is_file() or not bench.is_that_of(read_json(tested)):
            bench.check_itself(onnx)
        watch = Stopwatch(bench, variants, memory_of(output))
        table = measure_costs(variants, watch.target, watch.device, description.sha256, journal)
        table = table.model_copy(update={"whole": whole_networks(table, groups, watch)})
    write_json(output, table.model_dump())
    journal.unlink(missing_ok=True)
    widths = table.widths()
    log.info(
        "%s: %d files profiled in %.0f s; of %d widths, %d pay off",
        table.device,
        table.trials,
        table.seconds,
        sum(len(group.times) for group in table.groups.values()),
        sum(map(len, widths.values())),
    )


def whole_networks(
    table: CostTable, groups: list[ChannelGroup], watch: Stopwatch
) -> list[tuple[float, float]]:
    """Return for some whole networks what their layers come to, and what they take when timed.

    Layers do not add up: ONNX Runtime puts changes of layout between them, and what a layer leaves
    in the caches is there for the next.
    """
    model, widths = TimeModel(table, groups), table.widths()
    found = []
    for share in track(SHARES, len(SHARES), "whole networks", "files"):
        chosen = {
            group.name: next(
                (w for w in widths[group.name] if w <= share * group.units), group.units
            )
            for group in groups
        }
        lost = [float(group.units - chosen[group.name]) for group in groups]
        found.append((round(model.of(lost), 4), round(watch.in_short(chosen), 4)))
    return found
