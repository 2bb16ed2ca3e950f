from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper, numpy_helper

from budama.latency import decoys
from budama.latency.decoys import write_decoys
from budama.models.onnx.quantization import to_int8
from tests.unit.latency.models import classifier, products


def answers(file: Path) -> np.ndarray:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    shape = [2, *session.get_inputs()[0].shape[1:]]
    images = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    found: np.ndarray = session.run(None, {"images": images})[0]
    return found


def names(file: Path) -> list[object]:
    graph = onnx.load(file).graph
    nodes = [(node.name, list(node.input), list(node.output)) for node in graph.node]
    return [file.name, graph.name, nodes, sorted(tensor.name for tensor in graph.initializer)]


def written(model: Path, folder: Path) -> dict[str, Path]:
    folder.mkdir()
    return dict(write_decoys(model, folder))


def as_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    images = np.random.default_rng(0).standard_normal((2, 3, 8, 8)).astype(np.float32)
    return to_int8(model, [images], 1)


def as_product(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the last layer as exporters of transformers write it: a product, then the bias."""
    gemm, weight = model.graph.node[-1], model.graph.initializer[1]
    turned = np.ascontiguousarray(numpy_helper.to_array(weight).T)
    weight.CopyFrom(numpy_helper.from_array(turned, weight.name))
    del model.graph.node[-1]
    model.graph.node.extend(
        [
            helper.make_node("MatMul", list(gemm.input)[:2], ["sums"]),
            helper.make_node("Add", [gemm.input[2], "sums"], ["scores"]),
            helper.make_node("Softmax", ["scores"], ["logits"]),
        ]
    )
    return model


@pytest.mark.parametrize("change", [lambda model: model, as_int8, as_product])
def test_a_decoy_has_the_same_names_and_other_answers(
    change: Callable[[onnx.ModelProto], onnx.ModelProto], tmp_path: Path
) -> None:
    model = classifier(tmp_path / "model.onnx")
    onnx.save(change(onnx.load(model)), model)
    own = answers(model)
    found = written(model, tmp_path / "decoys")
    assert list(found) == ["other weights", "other shapes"]
    for file in found.values():
        assert names(file) == names(model)
    assert np.abs(answers(found["other weights"]) - own).max() > 0.1 * np.abs(own).max()
    assert answers(found["other shapes"]).shape == (2, 3)


def test_what_a_graph_does_not_allow_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = classifier(tmp_path / "model.onnx")
    whole = onnx.load(model)
    whole.graph.node[-1].op_type = "NoSuchOperator"
    onnx.save(whole, model)
    assert list(written(model, tmp_path / "no-classes")) == ["other weights"]
    monkeypatch.setattr(decoys, "MOST_BYTES", 100)
    assert written(products(tmp_path / "1.onnx", 1), tmp_path / "too-large") == {}


def test_weights_in_a_download_cache_are_found(tmp_path: Path) -> None:
    whole = onnx.load(classifier(tmp_path / "whole.onnx"))
    onnx.save(whole, tmp_path / "a", save_as_external_data=True, location="b", size_threshold=0)
    shown = tmp_path / "shown"
    shown.mkdir()
    (shown / "model.onnx").symlink_to("../a")
    (shown / "b").symlink_to("../b")
    found = written(shown / "model.onnx", tmp_path / "decoys")
    assert list(found) == ["other weights", "other shapes"]
    assert answers(found["other shapes"]).shape == (2, 3)
