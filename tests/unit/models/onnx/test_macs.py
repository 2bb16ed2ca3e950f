from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import NodeProto, TensorProto, helper, numpy_helper

from budama.models.onnx.macs import count_macs

IMAGES = (3, 8, 8)


def write(
    path: Path,
    nodes: list[NodeProto],
    weights: dict[str, tuple[int, ...]],
    shape: tuple[object, ...] = ("batch", *IMAGES),
) -> Path:
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("out", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.zeros(s, np.float32), name) for name, s in weights.items()],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)]), path)
    return path


def node(kind: str, *inputs: str, output: str = "out", **attributes: object) -> NodeProto:
    return helper.make_node(kind, inputs, [output], **attributes)


@pytest.mark.parametrize(
    ("nodes", "weights", "macs"),
    [
        ([node("Conv", "images", "w")], {"w": (4, 3, 3, 3)}, 6 * 6 * 4 * 27),
        ([node("Conv", "images", "w", group=3, pads=[1] * 4)], {"w": (3, 1, 3, 3)}, 64 * 3 * 9),
        ([node("ConvTranspose", "images", "w", strides=[2, 2])], {"w": (3, 5, 2, 2)}, 192 * 20),
        ([node("MatMul", "images", "w")], {"w": (8, 5)}, 3 * 8 * 8 * 5),
        ([node("MatMul", "images", "images")], {}, 3 * 8 * 8 * 8),
        (
            [node("Flatten", "images", output="f"), node("Gemm", "f", "w", transB=1)],
            {"w": (7, 192)},
            7 * 192,
        ),
    ],
)
def test_products_are_counted_for_one_image(
    nodes: list[NodeProto], weights: dict[str, tuple[int, ...]], macs: int, tmp_path: Path
) -> None:
    for batch in ("batch", 1, 4):
        assert count_macs(write(tmp_path / "m.onnx", nodes, weights, (batch, *IMAGES))) == macs


def test_what_is_not_run_for_an_image_is_not_counted(tmp_path: Path) -> None:
    """Else a file could claim work by it, and an honest time would be refused."""
    nodes = [
        node("MatMul", "w", "w", output="folded"),  # when the file is opened
        node("MatMul", "images", "w", output="unused"),
        node("MatMul", "images", "folded"),
    ]
    file = write(tmp_path / "m.onnx", nodes, {"w": (8, 8)})
    assert count_macs(file) == 3 * 8 * 8 * 8


def test_shapes_that_the_file_only_claims_are_not_believed(tmp_path: Path) -> None:
    file = write(tmp_path / "m.onnx", [node("MatMul", "images", "w")], {"w": (8, 5)})
    model = onnx.load(file)
    vast = helper.make_tensor_value_info("out", TensorProto.FLOAT, [10**9, 3, 8, 5])
    model.graph.output[0].CopyFrom(vast)
    onnx.save(model, file)
    assert count_macs(file) == 3 * 8 * 8 * 5


def test_what_cannot_be_followed_is_not_guessed(tmp_path: Path) -> None:
    free = write(
        tmp_path / "free.onnx", [node("MatMul", "images", "w")], {"w": (8, 5)}, ("b", "n", 8)
    )
    assert count_macs(free) is None
    nothing = write(tmp_path / "nothing.onnx", [node("Relu", "images")], {})
    assert count_macs(nothing) is None
    strange = write(
        tmp_path / "strange.onnx",
        [node("Strange", "images", output="x", domain="mine"), node("MatMul", "x", "w")],
        {"w": (8, 5)},
    )
    assert count_macs(strange) is None


def test_weights_beside_the_file_need_not_be_read(tmp_path: Path) -> None:
    file = write(tmp_path / "m.onnx", [node("MatMul", "images", "w")], {"w": (8, 5)})
    onnx.save(
        onnx.load(file),
        file,
        save_as_external_data=True,
        location="w.bin",
        size_threshold=0,
    )
    (tmp_path / "w.bin").write_bytes(b"")
    assert count_macs(file) == 3 * 8 * 8 * 5
