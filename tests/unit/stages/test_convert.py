from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, numpy_helper

from budama.config.data import Calibration, FashionMnist
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.models.architecture import build
from budama.models.onnx.export import to_onnx
from budama.models.onnx.file import metadata_of
from budama.models.onnx.quantization import to_int8
from budama.models.onnx.session import logits, open_session
from budama.models.preprocessing import Input
from budama.stages.convert import convert
from budama.system.errors import BudamaError
from budama.system.job.device import Execution
from tests.inputs import prepared

CPU = torch.device("cpu")
SPEC = Input(size=32, mean=(0.5,) * 3, std=(0.25,) * 3, interpolation="bilinear", crop=1.0)
METADATA = {"task": "mine", "precision": "fp32", "input": SPEC.model_dump_json()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, fashion_mnist: Path) -> Path:
    """A folder with prepared data and a model, in float32 and converted."""
    folder = tmp_path_factory.mktemp("convert")
    images = FashionMnist(format="fashion-mnist", root=str(fashion_mnist))
    prepared(images, folder, Calibration(batches=3, batch_size=16))
    torch.manual_seed(0)
    network = build("timm/test_efficientnet", 10).eval()
    (folder / "model.onnx").write_bytes(to_onnx(network, 32, METADATA))
    convert_to("fp16", folder)
    convert_to("int8", folder)
    return folder


def convert_to(precision: str, folder: Path) -> None:
    convert(
        model=folder / "model.onnx",
        precision=precision,  # type: ignore[arg-type]
        data=folder / "data",
        batch_size=16 if precision == "int8" else None,
        output=folder / f"model.{precision}.onnx",
        execution=Execution("cpu"),
    )


def calibration_images(folder: Path) -> torch.Tensor:
    batches = evaluation_batches(PreparedData.open(folder / "data"), "calibration", SPEC, 16)
    return torch.cat([images for images, _ in batches])


@pytest.mark.parametrize(("precision", "error"), [("fp16", 0.005), ("int8", 0.5)])
def test_a_variant_answers_the_same_call(precision: str, error: float, folder: Path) -> None:
    """Errors are relative to the spread of the outputs; float16 has 11 bits, int8 has 8."""
    images = calibration_images(folder)[:16]
    whole = logits(open_session(folder / "model.onnx", CPU, 1), images)
    found = logits(open_session(folder / f"model.{precision}.onnx", CPU, 1), images)
    assert found.dtype == torch.float32
    assert 0 < (found - whole).abs().max() < error * whole.std()
    one = logits(open_session(folder / f"model.{precision}.onnx", CPU, 1), images[:1])
    assert one.shape == (1, 10)  # any batch size


def test_a_variant_keeps_the_metadata_and_stands_alone(folder: Path) -> None:
    for precision in ("fp16", "int8"):
        model = onnx.load(folder / f"model.{precision}.onnx", load_external_data=False)
        assert metadata_of(model) == METADATA | {"precision": precision}
        assert not any(tensor.external_data for tensor in model.graph.initializer)
    names = {path.name for path in folder.glob("*model*")}
    assert names == {"model.onnx", "model.fp16.onnx", "model.int8.onnx"}


def weights(path: Path) -> dict[int, int]:
    """Return the number of weights with more than one dimension, by their type."""
    found: dict[int, int] = {}
    for tensor in onnx.load(path).graph.initializer:
        if len(tensor.dims) > 1:
            found[tensor.data_type] = found.get(tensor.data_type, 0) + 1
    return found


def test_every_weight_is_in_the_precision_that_is_asked_for(folder: Path) -> None:
    number = weights(folder / "model.onnx")[TensorProto.FLOAT]
    assert weights(folder / "model.fp16.onnx") == {TensorProto.FLOAT16: number}
    assert weights(folder / "model.int8.onnx") == {TensorProto.INT8: number}


def test_int8_spans_what_the_calibration_images_span_and_each_channel_its_own(
    folder: Path,
) -> None:
    graph = onnx.load(folder / "model.int8.onnx").graph
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    first = next(node for node in graph.node if "images" in node.input)
    assert first.op_type == "QuantizeLinear"
    images = calibration_images(folder)
    expected = (max(float(images.max()), 0) - min(float(images.min()), 0)) / 255
    assert values[first.input[1]] == pytest.approx(expected, rel=1e-5)
    scales = [
        values[node.input[1]]
        for node in graph.node
        if node.op_type == "DequantizeLinear"
        and node.input[0] in values
        and values[node.input[0]].ndim == 4
    ]
    assert scales
    assert all(scale.size > 1 for scale in scales)


def test_how_the_images_come_does_not_matter(folder: Path) -> None:
    """Batches are read one after another, and only the ranges stay of them."""
    source = onnx.load(folder / "model.onnx")
    images = calibration_images(folder).numpy()
    expected = to_int8(source, [images], 1).SerializeToString()
    assert to_int8(source, iter(np.split(images, 4)), 2).SerializeToString() == expected
    with pytest.raises(BudamaError, match="there are no calibration images"):
        to_int8(source, [], 1)


def test_a_failed_conversion_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    source = onnx.load(folder / "model.onnx")
    source.graph.node[0].input[0] = "nowhere"
    onnx.save(source, tmp_path / "model.onnx")
    with pytest.raises(BudamaError, match="onnx's checker refuses the model"):
        convert_to("fp16", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
