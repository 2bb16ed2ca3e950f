from typing import Any

import pytest

from budama.latency.operators import by_kind


def conv(name: str, operator: str, micro: int, channels: int, per_group: int) -> dict[str, Any]:
    shapes = [{"float": [1, channels, 8, 8]}, {"float": [channels, per_group, 3, 3]}]
    arguments = {"op_name": operator, "input_type_shape": shapes, "provider": "CPU"}
    return {"cat": "Node", "name": f"{name}_kernel_time", "dur": micro, "args": arguments}


def test_a_depthwise_convolution_that_lost_its_fast_path_is_told_apart() -> None:
    events = [
        *(conv("a_nchwc", "Conv", micro, 144, 1) for micro in (90, 10, 12)),
        conv("b", "FusedConv", 100, 142, 1),
        conv("c_nchwc", "Conv", 20, 144, 144),
        conv("d_nchwc", "Conv", 20, 144, 144),
        {"cat": "Session", "name": "model_run", "dur": 500, "args": {}},
    ]
    expected: dict[str, Any] = {
        "depthwise Conv, blocked layout": (1, pytest.approx(0.012)),
        "depthwise Conv, plain layout": (1, pytest.approx(0.1)),
        "Conv, blocked layout": (2, pytest.approx(0.04)),
    }
    assert by_kind(events) == expected
