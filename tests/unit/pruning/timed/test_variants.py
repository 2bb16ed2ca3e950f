"""Files at other widths: written from the dense one, or each exported where that does not do."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from torch import nn

from budama.pruning.graph import PruningGraph
from budama.pruning.timed import variants
from budama.pruning.timed.variants import Variants
from tests.unit.latency.models import sequential

SIZE = 8


def network() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(8, 12, 1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(12, 4),
    ).eval()


def opened(file: Path) -> Variants:
    dense = network()
    return Variants(dense, PruningGraph(dense, SIZE).groups, file, SIZE)


def put_behind_the_first_layer(file: Path, operator: str, values: Any) -> Path:
    """Let the graph say the number of channels elsewhere than in a layer's weights."""
    model = onnx.load(file)
    model.graph.node[1].input[0] = "between"
    node = helper.make_node(operator, ["h0", "constant"], ["between"])
    model.graph.node.insert(1, node)
    model.graph.initializer.append(numpy_helper.from_array(values, "constant"))
    onnx.save(model, file)
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return sequential(tmp_path / "dense.onnx", network(), SIZE)


def shapes(content: bytes) -> dict[str, list[int]]:
    model = onnx.load_from_string(content)
    return {entry.name: list(entry.dims) for entry in model.graph.initializer}


def test_candidates_are_written_from_the_dense_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(variants, "to_onnx")
    own = opened(file)
    assert own.quick
    found = shapes(own.file({"0": 4}))
    assert (found["0.weight"], found["0.bias"]) == ([4, 3, 3, 3], [4])
    assert (found["2.weight"], found["5.weight"]) == ([12, 4, 1, 1], [4, 12])
    assert shapes(own.file({})) == shapes(file.read_bytes())
    graph, layers = own.graph({"2": 6})
    owners = {node.name: layers.owner(node) for node in graph.node}
    assert (owners["h0"], owners["h1"], owners["logits"]) == ("0", None, "5")


@pytest.mark.parametrize(
    ("operator", "values"),
    [
        ("Mul", np.ones((1, 8, 1, 1), np.float32)),  # refused where it is opened
        ("Reshape", np.array([-1, 8, SIZE, SIZE])),  # where it is run
    ],
)
def test_a_graph_that_counts_on_its_channels_is_exported_for_each_candidate(
    operator: str,
    values: Any,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    exported = []

    def to_onnx(cut: nn.Sequential, size: int, metadata: dict[str, str]) -> bytes:
        exported.append([layer.out_channels for layer in (cut[0], cut[2])])
        return sequential(file.with_name("cut.onnx"), cut, size).read_bytes()

    monkeypatch.setattr(variants, "to_onnx", to_onnx)
    with caplog.at_level(logging.WARNING, "budama"):
        own = opened(put_behind_the_first_layer(file, operator, values))
    assert not own.quick and "its graph cannot be resized" in caplog.text
    assert shapes(own.file({"2": 6}))["5.weight"] == [4, 6]
    graph, layers = own.graph({"0": 4, "2": 9})
    assert {layers.owner(node) for node in graph.node} == {"0", "2", "5", None}
    assert exported == [[8, 6], [4, 9]]
    assert shapes(own.file({})).keys() >= {"constant"} and len(exported) == 2


def test_what_tells_architectures_apart_is_not_what_they_learned(
    file: Path, tmp_path: Path
) -> None:
    again = opened(sequential(tmp_path / "again.onnx", network(), SIZE))
    assert opened(file).architecture == again.architecture
    put_behind_the_first_layer(file, "Mul", np.ones((1, 8, 1, 1), np.float32))
    assert opened(file).architecture != again.architecture
