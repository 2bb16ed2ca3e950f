import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pandas as pd
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from budama.config.data import Calibration, FashionMnist
from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.models.store import save_model
from budama.stages.evaluate import check_agreement, compare, evaluate
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from tests.inputs import prepared


def rows(predicted: list[int], **columns: list[float | bool]) -> pd.DataFrame:
    """Return what ``predict`` says where class 0 is right, apart from ``columns``."""
    rank = [int(found != 0) for found in predicted]
    own = {"predicted": predicted, "rank": rank, "clear": True, "difference": 0.0}
    return pd.DataFrame(own | {"probability": 1.0} | columns)


def test_one_image_in_a_thousand_may_get_another_class() -> None:
    reference = rows([0] * 2000)
    check_agreement(Path("model.onnx"), reference, rows([0] * 1998 + [1] * 2))
    with pytest.raises(BudamaError, match=r"model.onnx: ONNX Runtime gives 3 of the 2000 test"):
        check_agreement(Path("model.onnx"), reference, rows([0] * 1997 + [1] * 3))
    # a class that rounding decides is held against nobody
    tied = reference.assign(clear=[True] * 1990 + [False] * 10)
    check_agreement(Path("model.onnx"), tied, rows([0] * 1997 + [1] * 3))


def test_an_onnx_files_figures_are_over_all_images() -> None:
    reference = rows([0, 0, 1, 0], clear=[True, True, False, True])
    nan = float("nan")
    file = rows([0, 1, 0, -1], difference=[0.5, 2.0, 0.1, nan], probability=[1, 1, 1, nan])
    found = compare(reference, file, classes=2)
    assert (found["correct"], found["accuracy_pct"]) == (2, 50)
    assert (found["top1_agreement_pct"], found["not_finite"]) == (25, 1)
    assert found["largest_difference"] == 2
    nothing = compare(reference, file.assign(difference=nan), classes=2)
    json.dumps(nothing, allow_nan=False)
    assert nothing["largest_difference"] is None


def always_class_0(path: Path, metadata: dict[str, str]) -> Path:
    """Write an ONNX model whose first output is 1 and whose other nine are 0."""
    outputs = numpy_helper.from_array(np.eye(1, 10, dtype=np.float32), "outputs")
    nodes = [
        helper.make_node("ReduceMean", ["images", "axes"], ["mean"], keepdims=1),
        helper.make_node("Squeeze", ["mean", "axes"], ["one"]),
        helper.make_node("Mul", ["one", "zero"], ["none"]),
        helper.make_node("Unsqueeze", ["none", "last"], ["column"]),
        helper.make_node("Add", ["column", "outputs"], ["logits"]),
    ]
    constants = {
        "axes": np.array([1, 2, 3]),
        "zero": np.zeros(1, np.float32),
        "last": np.array([1]),
    }
    graph = helper.make_graph(
        nodes,
        "always_class_0",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 3, 32, 32])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 10])],
        [outputs, *(numpy_helper.from_array(value, name) for name, value in constants.items())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    helper.set_model_props(model, metadata)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize(
    ("belongs", "message"),
    [
        (False, "was exported from another model; delete it and run again"),
        (True, r"ONNX Runtime gives \d+ of the 60 test images another class than torch"),
    ],
)
def test_a_file_that_is_not_the_model_ends_the_stage_before_it_writes(
    belongs: bool,
    message: str,
    tmp_path: Path,
    fashion_mnist: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)
    images = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    data = prepared(images, tmp_path, Calibration(batches=1, batch_size=8))
    network = build("timm/test_efficientnet", 10)
    spec = Input(size=32, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bilinear", crop=1.0)
    description = save_model(
        tmp_path / "model.safetensors",
        network,
        architecture="timm/test_efficientnet",
        classes=data.classes,
        spec=spec,
        kept={},
        provenance={},
    )
    sha256 = description.sha256 if belongs else "0" * 64
    outputs: Any = {name: tmp_path / name for name in ("predictions", "classes", "output")}
    with pytest.raises(BudamaError, match=rf"model\.onnx: {message}"):
        evaluate(
            model=tmp_path / "model.safetensors",
            onnx=[always_class_0(tmp_path / "model.onnx", {"model_sha256": sha256})],
            precisions=["fp32"],
            data=tmp_path / "data",
            batch_size=30,
            execution=Execution("cpu"),
            **outputs,
        )
    assert not any(path.exists() for path in outputs.values())
    assert not torch.backends.cudnn.allow_tf32  # on a GPU, too, float32 is what is compared
