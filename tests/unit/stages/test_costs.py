"""The stage ``costs``: one table, however often it is interrupted."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from budama.config.latency import Latency
from budama.latency import costing
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.models.store import save_model
from budama.pruning.graph import PruningGraph
from budama.pruning.rebuild import load_model
from budama.pruning.timed.model import TimeModel
from budama.pruning.timed.table import CostTable, check_groups, read_table
from budama.stages import costs as stage
from budama.stages.costs import SHARES, costs
from budama.system.job.device import Execution
from tests.unit.latency import fakes

SPEC = Input(size=32, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bilinear", crop=1.0)
LATENCY = Latency(providers=["CPU"], processes=3, warmup=1, runs=1, seconds=0)


class Task(NamedTuple):
    """A dense model, and what times it."""

    dense: Path
    output: Path
    profiler: fakes.Profiler
    bench: fakes.Bench

    @property
    def table(self) -> CostTable:
        return read_table(self.output, load_model(self.dense)[1].sha256)

    def run(self) -> None:
        costs(
            dense=self.dense,
            onnx=self.dense.with_name("model.onnx"),
            tested=self.dense.with_name("latency.json"),
            output=self.output,
            latency=LATENCY,
            units=["channels"],
            execution=Execution("cpu"),
        )


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """A whole network takes longer than its layers: 0.1 and 0.9 of the share of its units."""
    torch.manual_seed(0)
    dense = tmp_path / "dense/model.safetensors"
    name = "timm/test_resnet"
    save_model(
        dense,
        build(name, 4),
        architecture=name,
        classes=list("abcd"),
        spec=SPEC,
        kept={},
        provenance={},
    )
    dense.with_name("latency.json").write_text("{}")
    variants = fakes.Variants(PruningGraph(load_model(dense)[0], SPEC.size).groups)
    units = sum(group.units for group in variants.groups)

    def whole(content: bytes) -> float:
        narrow = eval(content)
        lost = sum(g.units - narrow.get(g.name, g.units) for g in variants.groups)
        return 0.1 + 0.9 * (1 - float(lost) / units)

    bench = fakes.Bench(whole, LATENCY)

    @contextmanager
    def opened(*_: Any) -> Iterator[fakes.Bench]:
        yield bench

    profiler = fakes.Profiler(variants)
    monkeypatch.setattr(stage, "open_bench", opened)
    monkeypatch.setattr(stage, "Variants", lambda *_: variants)
    monkeypatch.setattr(costing, "_profiler", profiler)
    return Task(dense, tmp_path / "costs/cpu-batch1-threads1.json", profiler, bench)


def test_the_table_is_of_all_layers_and_whole_networks(task: Task) -> None:
    task.run()
    table, groups = task.table, task.profiler.variants.groups
    check_groups(task.output, table, groups)
    assert len(task.bench.timed) == len(table.whole) == len(SHARES)
    layers, timed = zip(*table.whole, strict=True)
    assert list(layers) == sorted(layers, reverse=True) and 0 < layers[-1] < layers[0] < 1
    assert list(timed) == sorted(timed, reverse=True)
    assert [path.name for path in task.output.parent.glob("*.j*")] == [task.output.name]
    # what was timed is what the estimate now says of these networks
    model = TimeModel(table, groups)
    assert [model.put_right(share) for share in layers] == pytest.approx(list(timed))


def without_seconds(task: Task) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(task.output.read_text())
    return {key: value for key, value in found.items() if key != "seconds"}


def test_interrupted_while_layers_are_timed_it_goes_on(task: Task) -> None:
    task.run()
    expected, files = without_seconds(task), len(task.profiler.asked)
    task.output.unlink()
    task.profiler.asked.clear()
    for stop in (1, files // 2, files - 1):
        task.profiler.stop_before = stop
        with pytest.raises(KeyboardInterrupt):
            task.run()
        assert not task.output.exists() and len(task.profiler.asked) == stop
    task.profiler.stop_before = None
    task.run()
    assert len(task.profiler.asked) == files
    assert without_seconds(task) == expected


def test_interrupted_while_whole_networks_are_timed_it_goes_on(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = fakes.Bench.times

    def interrupted(bench: fakes.Bench, *given: Any) -> Any:
        if len(bench.timed) == 2:
            raise KeyboardInterrupt
        return times(bench, *given)

    with monkeypatch.context() as patch:
        patch.setattr(fakes.Bench, "times", interrupted)
        with pytest.raises(KeyboardInterrupt):
            task.run()
    files = len(task.profiler.asked)
    task.run()
    assert len(task.profiler.asked) == files
    assert len(task.bench.timed) == len(set(task.bench.timed)) == len(SHARES)


def test_on_another_machine_the_self_test_comes_first(
    task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    tested: list[Path] = []
    monkeypatch.setattr(fakes.Bench, "is_that_of", lambda *_: False)
    task.bench.check_itself = tested.append  # type: ignore[attr-defined]
    task.run()
    assert [file.name for file in tested] == ["model.onnx"]
