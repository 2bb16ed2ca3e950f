"""The model card of a fine-tuned cell, in Hugging Face's format."""

import math
from collections.abc import Sequence
from typing import Any

from huggingface_hub import EvalResult, ModelCardData

from budama.analysis.columns import BYTES_PER_MIB, COLUMNS, KEY
from budama.config.budget import AUTO, Budget
from budama.config.schema import DENSE, DENSE_FINETUNED, NOT_APPLICABLE
from budama.latency.statistics import CONFIDENCE
from budama.pruning.timed.device import Device
from budama.report.card.files import CellFiles, Json
from budama.report.jinja import templates

ACCURACIES = [column for column in COLUMNS if column.card]
REPAIRS = {
    "none": "none",
    "norms": "batch norms measured anew",
    "refit": "what is left of the layers refitted to the dense model by least squares, no labels",
}
# What the name of a normaliser does not tell
COMPARED = {"loss": ": layers compared by the estimated rise of the loss"}
TOP_1 = "Top-1 accuracy (%)"  # as Hugging Face tells the accuracy from that of the best five


def model_card(files: CellFiles, said: Sequence[str] = ()) -> str:
    """Return the card: YAML between two lines of dashes, then Markdown.

    ``said`` are paragraphs that stand first, on a card outside the model's folder, which then names
    that. The dense model's card has no other to compare with.
    """
    facts = _facts(files) | {"said": said, "beside": f"{files.folder}/" if said else ""}
    body = templates("budama.report.card").get_template("card.md.j2").render(facts)
    return f"---\n{_metadata(files).to_yaml()}\n---\n{body}"


def _metadata(files: CellFiles) -> ModelCardData:
    cell, tested = files.cell, files.tested
    shared = {
        "task_type": "image-classification",
        "dataset_type": cell["dataset"],
        "dataset_name": cell["dataset"],
        "dataset_split": "test",
        "metric_type": "accuracy",
    }
    return ModelCardData(
        model_name=_name(files),
        library_name="onnx",
        pipeline_tag="image-classification",
        tags=["onnx", "image-classification", "pruning", "structured-pruning", cell["method"]],
        datasets=[cell["dataset"]],
        metrics=["accuracy"],
        eval_results=[
            EvalResult(
                **shared,
                metric_name=TOP_1 if column.name == "accuracy_pct" else column.card,
                metric_value=round(tested[column.name], 4),
            )
            for column in ACCURACIES
            if column.name in tested
        ],
    )


def _name(files: CellFiles) -> str:
    """Return the model's name: its task and what names the cell."""
    cell = files.cell
    kind = [cell[key] for key in ("task", *KEY) if cell[key] != NOT_APPLICABLE]
    return "-".join([*kind, f"seed{cell['seed']}"])


def _facts(files: CellFiles) -> dict[str, Any]:
    """Return what the card's template needs."""
    model, cell, spec = files.model, files.cell, files.model["input"]
    cut = cell["method"] not in (DENSE, DENSE_FINETUNED)
    return {
        "name": _name(files),
        "cell": cell,
        "cut": cut,
        "dense": cell["method"] == DENSE,
        "budget": _budget(cell["budget"]) if cut else "",
        "where": _where(cell, model["provenance"]) if cut else "",
        "made_for": str(Device.of_cut(model["provenance"]) or ""),
        "then": _then(model["provenance"]),
        "repair": REPAIRS.get(cell["repair"], ""),
        "architecture": model["architecture"],
        "classes": model["classes"],
        "images": files.manifest["images"],
        "recipe": model["provenance"]["recipe"],
        "tested": files.tested,
        "dense_tested": files.dense_tested,
        "accuracies": [(column.card, column.name.removesuffix("_pct")) for column in ACCURACIES],
        "rows": _rows(model["figures"], files.dense["figures"]),
        "latency": files.latency,
        "ratio": _ratio(files.latency),
        "agreement": files.exported["top1_agreement_pct"],
        "input": spec,
        "resized": math.floor(spec["size"] / spec["crop"]),  # as timm does
        "resampling": spec["interpolation"].upper(),
    }


def _rows(own: Json, dense: Json) -> list[tuple[str, str, str, str]]:
    """Return name, figure, the dense model's, and the change of what a model costs."""
    figures = [
        ("Multiply-accumulates (G)", "macs", 1e9, 4),
        ("Parameters (M)", "params", 1e6, 3),
        ("Size of the weights (MiB)", "size_bytes", BYTES_PER_MIB, 2),
    ]
    return [
        (
            name,
            f"{own[key] / unit:.{digits}f}",
            f"{dense[key] / unit:.{digits}f}",
            f"{100 * (own[key] / dense[key] - 1):+.1f}%",
        )
        for name, key, unit, digits in figures
    ]


def _ratio(latency: Json | None) -> str:
    """Return the first measurement's ratio of times with its interval of 95% or more."""
    if latency is None:
        return ""
    first = latency["measurements"][0]
    if first["coverage_pct"] < 100 * CONFIDENCE:
        return f"{first['ratio']:.3f} (too few processes for an interval)"
    return f"{first['ratio']:.3f} ({first['ratio_low']:.3f} – {first['ratio_high']:.3f})"


def _then(provenance: Json) -> str:
    """Return the share of the dense time that a cut to such a share took when it was made."""
    timed = provenance.get("timed", {})
    if "ratio" not in timed:
        return ""
    return f"{timed['ratio']:.3f} ({timed['ratio_low']:.3f} – {timed['ratio_high']:.3f})"


def _where(cell: Json, provenance: Json) -> str:
    """Return the scope, and for the global one what made its layers comparable."""
    if cell["normaliser"] == NOT_APPLICABLE:
        return "layer-wise"
    chosen = provenance["normaliser"]["chosen"]
    asked = ", the best of those tried" if cell["normaliser"] != chosen else ""
    return f"global (normaliser {chosen}{COMPARED.get(chosen, '')}{asked})"


def _budget(identifier: str) -> str:
    budget = Budget.from_id(identifier)
    share = f"{100 * budget.value:g}%"
    kinds = {"channels": "{} of the channels removed", "macs": "{} of the MACs left"}
    kinds |= {"params": "{} of the parameters left", "size": "{} of the size left"}
    kinds |= {"latency": "{} of the dense model's time left"}
    multiples = ""
    if budget.round_to == AUTO:
        multiples = ", in widths that pay off on the device"
    elif budget.round_to > 1:
        multiples = f", in multiples of {budget.round_to}"
    steps = f", in {budget.steps} steps" if budget.steps > 1 else ""
    return kinds[budget.kind].format(share) + multiples + steps
