"""A table of costs: what layers take at which widths, whatever interrupts or disturbs it."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from torch import nn

from budama.latency import costing
from budama.latency.costing import DENSE_FIRST, measure_costs
from budama.latency.providers import Target
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.device import Device
from budama.pruning.timed.grid import widths_of
from budama.pruning.timed.sizes import layer_sizes
from budama.pruning.timed.table import CostTable, check_groups
from budama.pruning.timed.variants import Variants
from budama.system.errors import BudamaError
from tests.unit.latency import fakes
from tests.unit.latency.models import sequential
from tests.unit.pruning.timed.tables import DEVICE

TARGET = Target("CPU")


def network(width: int = 16) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, width, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(width, 2 * width, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(2 * width, width, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(width, 4),
    ).eval()


@pytest.fixture
def groups() -> list[ChannelGroup]:
    return PruningGraph(network(), 8).groups


@pytest.fixture
def profiler(groups: list[ChannelGroup], monkeypatch: pytest.MonkeyPatch) -> fakes.Profiler:
    found = fakes.Profiler(fakes.Variants(groups))
    monkeypatch.setattr(costing, "_profiler", found)
    return found


def measured(profiler: fakes.Profiler, journal: Path, **changes: Any) -> CostTable:
    given: dict[str, Any] = {"device": DEVICE, "dense_sha256": "dense"} | changes
    variants: Any = profiler.variants
    return measure_costs(variants, TARGET, journal=journal, **given)


def without_seconds(table: CostTable) -> dict[str, Any]:
    return table.model_dump(exclude={"seconds"})


def test_the_table_holds_every_width_of_every_group(
    profiler: fakes.Profiler, groups: list[ChannelGroup], tmp_path: Path
) -> None:
    found = measured(profiler, tmp_path / "j")
    check_groups(tmp_path, found, groups)
    whole = {name: 0.1 + s.outputs * s.inputs / 1e3 for name, s in layer_sizes(groups, {}).items()}
    assert found.dense == pytest.approx(whole)
    for group in groups:
        own = found.groups[group.name]
        assert sorted(own.times, reverse=True) == widths_of(group)
        assert own.outputs == [group.name] and set(own.layers) == {m.name for m in group.members}
        for width, times in own.times.items():
            sizes = layer_sizes(groups, {group.name: width})
            expected = [0.1 + sizes[n].outputs * sizes[n].inputs / 1e3 for n in own.layers]
            assert times == pytest.approx(expected)
    assert found.trials == len(profiler.asked)
    assert profiler.asked[:DENSE_FIRST] == [{}] * DENSE_FIRST


def test_a_machine_that_is_slower_for_a_while_gives_the_same_table(
    profiler: fakes.Profiler, tmp_path: Path
) -> None:
    """The layers that a file leaves whole tell by how much."""
    steady = measured(profiler, tmp_path / "steady")
    profiler.drift = 0.25
    found = measured(profiler, tmp_path / "drifting")
    for name, own in found.groups.items():
        for width, times in own.times.items():
            assert times == pytest.approx(steady.groups[name].times[width])


def test_wherever_it_is_interrupted_it_goes_on_and_measures_nothing_twice(
    profiler: fakes.Profiler, tmp_path: Path
) -> None:
    whole = measured(profiler, tmp_path / "whole")
    plan = list(profiler.asked)
    for number in range(len(plan)):
        profiler.asked.clear()
        profiler.stop_before = number
        journal = tmp_path / f"{number}"
        with pytest.raises(KeyboardInterrupt):
            measured(profiler, journal)
        profiler.stop_before = None
        assert without_seconds(measured(profiler, journal)) == without_seconds(whole)
        assert profiler.asked == plan


def test_a_line_that_was_cut_short_is_measured_again(
    profiler: fakes.Profiler, tmp_path: Path
) -> None:
    whole = measured(profiler, tmp_path / "j")
    text = (tmp_path / "j").read_text()
    (tmp_path / "j").write_text(text[:-20])
    profiler.asked.clear()
    assert without_seconds(measured(profiler, tmp_path / "j")) == without_seconds(whole)
    assert len(profiler.asked) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"dense_sha256": "other"},
        {"device": DEVICE.model_copy(update={"name": "another CPU"})},
        {"device": DEVICE.model_copy(update={"onnxruntime": "2.0"})},
    ],
)
def test_what_was_measured_of_another_model_or_elsewhere_does_not_count(
    profiler: fakes.Profiler, tmp_path: Path, changes: dict[str, str | Device]
) -> None:
    before = measured(profiler, tmp_path / "j")
    profiler.asked.clear()
    measured(profiler, tmp_path / "j", **changes)
    assert len(profiler.asked) == before.trials
    profiler.asked.clear()
    measured(profiler, tmp_path / "j", **changes)
    assert not profiler.asked


def small_variants(folder: Path) -> Variants:
    dense = network(8)
    file = sequential(folder / "dense.onnx", dense, 8)
    return Variants(dense, PruningGraph(dense, 8).groups, file, 8)


def test_a_process_that_ends_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costing, "sys", SimpleNamespace(executable="true"))
    with pytest.raises(BudamaError, match="the process that times layers ended"):
        measure_costs(small_variants(tmp_path), TARGET, DEVICE, "dense", tmp_path / "j")


def test_the_profiler_tells_every_layer_s_time(tmp_path: Path) -> None:
    """The one test that really profiles: what is where, not how fast it is."""
    variants = small_variants(tmp_path)
    assert variants.quick
    found = measure_costs(variants, TARGET, DEVICE, "dense", tmp_path / "j")
    assert {"0", "2", "4", "7"} <= found.dense.keys()
    assert all(found.dense[layer] >= 0 for layer in found.dense) and found.total > 0
    assert [sorted(own.times) for own in found.groups.values()] == [[4], [4, 8, 12], [4]]
    for own in found.groups.values():
        assert {len(times) for times in own.times.values()} == {len(own.layers)}
    first = json.loads((tmp_path / "j").read_text().splitlines()[1])
    assert first["plain_ms"] > 0 and len(first["nodes"]) >= 4
