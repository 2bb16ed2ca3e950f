"""Which layer the profiler's nodes belong to."""

from typing import Any

import onnx
import pytest
from onnx import helper

from budama.latency.events import NodeTime, node_times
from budama.latency.layers import LayerTimes

LAYERS = ("first", "second")


def event(name: str, operator: str, micro: int, *shapes: list[int]) -> dict[str, Any]:
    reads, gives = ([{"float": shape}] for shape in shapes) if shapes else ([], [])
    arguments = {"op_name": operator, "input_type_shape": reads, "output_type_shape": gives}
    return {"cat": "Node", "name": f"{name}_kernel_time", "dur": micro, "args": arguments}


def graph() -> onnx.GraphProto:
    """Two convolutions with an activation after each, pooled."""
    nodes = [
        helper.make_node("Conv", ["images", "first.weight"], ["conv"], "node_conv"),
        helper.make_node("Relu", ["conv"], ["relu"], "node_relu"),
        helper.make_node("Conv", ["relu", "second.weight"], ["conv_1"], "node_conv_1"),
        helper.make_node("GlobalAveragePool", ["conv_1"], ["pooled"], "node_pool"),
    ]
    return helper.make_graph(nodes, "g", [], [])


def owner(node: onnx.NodeProto) -> str | None:
    found = (name.removesuffix(".weight") for name in node.input if name.endswith(".weight"))
    return next(found, None)


def test_a_time_is_the_mean_without_the_longest_runs() -> None:
    times = [1000, 10, 11, 12, 13, 14, 900, 12]
    events = [event("conv", "Conv", micro, [1, 3, 8, 8], [1, 4, 8, 8]) for micro in times]
    events.append({"cat": "Session", "name": "model_run", "dur": 9999, "args": {}})
    (node,) = node_times(events)
    assert node[:-1] == ("conv", "Conv", (1, 3, 8, 8), (1, 4, 8, 8))
    assert node.ms == pytest.approx(0.012)


def test_layers_have_their_own_time_and_what_follows_them() -> None:
    """Fused, blocked and renamed nodes are known by what they give."""
    found = LayerTimes(graph(), owner).of(
        [
            NodeTime("node_conv_token_3", "Conv", (1, 3), (1, 8), 4.0),
            NodeTime("relu_nchwc", "Relu", (1, 8), (1, 8), 1.0),
            NodeTime("conv_1_nchwc/fused", "FusedConv", (1, 8), (1, 16), 3.0),
            NodeTime("node_pool", "GlobalAveragePool", (1, 16), (1, 16), 0.5),
        ]
    )
    expected = {"first": 4.0, "first:after": 1.0, "second": 3.0, "second:after": 0.5}
    assert found == expected


def test_what_is_put_between_belongs_to_what_it_follows() -> None:
    """A change of the layout has no node in the graph; its shape tells."""
    found = LayerTimes(graph(), owner).of(
        [
            NodeTime("reorder_in", "ReorderInput", (1, 3), (1, 4), 0.25),
            NodeTime("node_conv", "Conv", (1, 4), (1, 8), 4.0),
            NodeTime("reorder", "ReorderOutput", (1, 8), (1, 9), 0.5),
        ]
    )
    assert found == {":after": 0.25, "first": 4.0, "first:after": 0.5}


def test_what_the_profiler_takes_itself_does_not_count() -> None:
    nodes = [
        NodeTime("node_conv", "Conv", (1,), (2,), 4.0),
        NodeTime("node_relu", "Relu", (2,), (2,), 0.05),
    ]
    found = LayerTimes(graph(), owner).of(nodes, own_ms=0.1)
    assert found == {"first": pytest.approx(3.9), "first:after": 0.0}
