"""The evaluation stage: the one place that looks at test images."""

from functools import partial
from pathlib import Path

import onnxruntime
import pandas as pd
import torch

from budama.analysis.accuracy import accuracy, per_class
from budama.data.loading import evaluation_batches
from budama.data.prepared import PreparedData
from budama.models.onnx.session import logits, open_session
from budama.models.prediction import Model, predict
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_csv, write_json, write_parquet
from budama.system.job.device import Execution, to_device, without_tf32

TORCH = "torch"
FP32 = "fp32"
LOWEST_AGREEMENT_PCT = 99.9


def evaluate(
    *,
    model: Path,
    onnx: list[Path],
    precisions: list[str],
    data: Path,
    predictions: Path,
    classes: Path,
    output: Path,
    batch_size: int,
    execution: Execution,
) -> None:
    """Predict every test image with torch and with every file of ``onnx``, by its precision.

    Each image is decoded once. ``predictions`` receives one row per test image, in the order of the
    splits: ``key``, ``label``, what ``predict`` says of torch, and the class that each file gives
    (``predicted_onnx`` is fp32's). ``classes`` receives torch's accuracy of each class, ``output``
    that of all images and, under ``onnx``, each file's. Raises ``BudamaError``, and writes nothing,
    if torch's outputs are not finite, if a file was exported from another model, or if fp32 gives
    fewer than 99.9% of the images torch's class.
    """
    device = execution.prepare()
    without_tf32()
    network, description = load_model(model, own_code=True)
    to_device(network, device)
    paths = dict(zip(precisions, onnx, strict=True))
    models: dict[str, Model] = {TORCH: network}
    for precision, path in paths.items():
        models[precision] = partial(logits, _session(path, description.sha256, device, execution))
    images = PreparedData.open(data)
    batches = evaluation_batches(
        images, "test", description.input, batch_size, execution.workers, device
    )
    found = predict(models, batches)
    reference = found.pop(TORCH)
    unusable = reference["probability"].isna().sum()
    if unusable:
        raise BudamaError(
            f"{model}: its outputs for {unusable} test images are not "
            "finite; train it again with a smaller learning rate"
        )
    check_agreement(paths[FP32], reference, found[FP32])

    table = images.rows("test")[["key", "label"]].reset_index(drop=True)
    table = table.join(reference[["predicted", "probability", "rank"]])
    number = len(images.classes)
    files = {
        precision: compare(reference, own, number) | {"bytes": paths[precision].stat().st_size}
        for precision, own in found.items()
    }
    own_columns = {
        "predicted_onnx" if precision == FP32 else f"predicted_{precision}": own["predicted"]
        for precision, own in found.items()
    }
    write_parquet(predictions, table.assign(**own_columns))
    write_csv(classes, per_class(table, images.classes))
    write_json(
        output,
        accuracy(table, number) | {"onnx": files, "model_sha256": description.sha256},
    )


def _session(
    path: Path, sha256: str, device: torch.device, execution: Execution
) -> onnxruntime.InferenceSession:
    session = open_session(path, device, execution.threads)
    if session.get_modelmeta().custom_metadata_map.get("model_sha256") != sha256:
        raise BudamaError(f"{path}: was exported from another model; delete it and run again")
    return session


def check_agreement(path: Path, reference: pd.DataFrame, found: pd.DataFrame) -> None:
    """Raise ``BudamaError`` if the ONNX file ``path`` gives too many images another class.

    ``reference`` is what ``predict`` says of torch, ``found`` of the file. Images whose class in
    torch is not ``clear`` do not count against the file.
    """
    others = int(((found["predicted"] != reference["predicted"]) & reference["clear"]).sum())
    if 100 * (1 - others / len(found)) < LOWEST_AGREEMENT_PCT:
        raise BudamaError(
            f"{path}: ONNX Runtime gives {others} of the {len(found)} test images another class "
            f"than torch, more than {100 - LOWEST_AGREEMENT_PCT:.1f}%, and its outputs differ by "
            f"up to {found['difference'].max():.3g}: the accuracy of the file would not be that of "
            "the model. Do not ship it; if compute.device is not cpu, see whether cpu agrees"
        )


def compare(
    reference: pd.DataFrame, found: pd.DataFrame, classes: int
) -> dict[str, float | int | None]:
    """Return the accuracy of an ONNX file and how far it is from torch, over all images.

    ``top1_agreement_pct`` is the share of images with the same class, ``largest_difference`` that
    of the outputs (``None`` if none is finite), ``not_finite`` counts the images without a class.
    """
    largest = found["difference"].max()
    return accuracy(found, classes) | {
        "top1_agreement_pct": 100 * float((found["predicted"] == reference["predicted"]).mean()),
        "largest_difference": None if pd.isna(largest) else float(largest),
        "not_finite": int(found["probability"].isna().sum()),
    }
