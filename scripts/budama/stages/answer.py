"""The answer: the fastest model that is shown to lose no more than it may, in its own folder."""

import hashlib
import shutil
from math import isnan, nan
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.answer import Choice, Standing, choose
from budama.analysis.columns import KEY, MODEL_KEY
from budama.analysis.difference import ALPHA
from budama.analysis.predictions import results_with_predictions
from budama.analysis.results import Result
from budama.config.places import EVALUATION, LATENCY, ONNX
from budama.report.answer import paragraphs
from budama.report.card.card import model_card
from budama.report.card.files import read_cell_files
from budama.report.languages import ENGLISH
from budama.system.files.atomic import replacing, write_json, write_text
from budama.system.files.csv_file import read_csv
from budama.system.files.json_file import read_json

Json = dict[str, Any]


def answer(
    *,
    models: list[dict[str, Any]],
    lose_at_most: float,
    timed: bool,
    summary: Path,
    manifest: Path,
    model: Path,
    card: Path,
    output: Path,
) -> None:
    """Choose the answer of the scenario whose ``summary.csv`` is ``summary``.

    ``models`` give the folder of each, the dense one first, beside its own columns; of those that
    were not ``timed``, multiply-accumulates decide. ``lose_at_most`` is in points. The ONNX file
    goes to ``model``, its card to ``card``, and all figures to ``output``; where none is good
    enough, file and card are the dense model's. ``manifest`` is that of the task's prepared data.
    """
    table = read_csv(summary)
    results = results_with_predictions(table, models)
    choice = choose(results, lose_at_most, _elsewhere(models) if timed else (), timed=timed)
    chosen = choice.answer.result if choice.answer else results[0]
    seed = _best_seed(table, chosen)
    row = next(r for r in models if _key(r) == chosen.key and int(r["seed"]) == seed)
    dense, folder = Path(models[0]["folder"]), Path(row["folder"])
    shared = {name: str(table[name].iloc[0]) for name in ("scenario", "task", "model", "dataset")}
    record = {
        **shared,
        "lose_at_most_pp": lose_at_most,
        "confidence_pct": round(100 * (1 - ALPHA)),
        "timed_on": _timed_on(read_json(dense / LATENCY)) if timed else None,
        **_choice(choice, results[0]),
        "file": _file(folder, seed),
    }
    cell = {name: row[name] for name in MODEL_KEY} | {k: shared[k] for k in ("task", "dataset")}
    files = read_cell_files(cell, folder, dense, manifest)
    with replacing(model) as part:
        shutil.copyfile(folder / ONNX, part)
    write_text(card, model_card(files, paragraphs(record, ENGLISH)))
    write_json(output, record)


def _key(row: Json) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in KEY)


def _elsewhere(models: list[Json]) -> set[tuple[str, ...]]:
    """Return the keys of what was timed on another device than the dense model."""
    devices = [_device(read_json(Path(row["folder"]) / LATENCY)) for row in models]
    return {_key(row) for row, own in zip(models, devices, strict=True) if own != devices[0]}


def _device(latency: Json) -> tuple[str, str]:
    """Return the provider, and the kind of GPU or processor under it."""
    machine = latency["machine"]
    return str(latency["provider"]), str((machine.get("gpu") or {"name": machine["cpu"]})["name"])


def _timed_on(latency: Json) -> Json:
    provider, device = _device(latency)
    first = latency["measurements"][0]
    return {
        "provider": provider,
        "device": device,
        "threads": latency["settings"]["threads"],
        "precision": first["precision"],
        "batch_size": first["batch_size"],
    }


def _best_seed(table: pd.DataFrame, result: Result) -> int:
    """Return the seed with the highest accuracy on validation images, the first of equals."""
    rows = table[(table[KEY] == list(result.key)).all(axis=1)]
    return int(rows.sort_values("validation_pct", ascending=False, kind="stable")["seed"].iloc[0])


def _file(folder: Path, seed: int) -> Json:
    """Return where the ONNX file comes from, and how accurate it is on the test images."""
    with (folder / ONNX).open("rb") as content:
        sha256 = hashlib.file_digest(content, "sha256").hexdigest()
    return {
        "from": str(folder / ONNX),
        "seed": seed,
        "bytes": (folder / ONNX).stat().st_size,
        "sha256": sha256,
        "accuracy_pct": read_json(folder / EVALUATION)["onnx"]["fp32"]["accuracy_pct"],
    }


def _choice(choice: Choice, dense: Result) -> Json:
    """Return what was chosen, tested and left out."""
    answer, nearest = choice.answer, choice.nearest
    return {
        "test_images": dense.images,
        "dense": {
            "accuracy_pct": dense.accuracy,
            "validation_pct": dense.validation,
            "size_mib": dense.size,
            "macs_g": dense.macs,
        },
        "decided_by": choice.by,
        "qualified": answer is not None,
        "answer": _row(answer, dense) if answer else None,
        "nearest": _row(nearest, dense) if nearest and not answer else None,
        "sequence": [_row(standing, dense) for standing in choice.sequence],
        "others": [_row(standing, dense) for standing in choice.others],
    }


def _row(standing: Standing, dense: Result) -> Json:
    result, bound = standing.result, standing.bound
    figures = {
        "latency_ratio": result.ratio,
        "latency_ratio_low": result.ratio_low,
        "latency_ratio_high": result.ratio_high,
        "macs_ratio": result.macs / dense.macs,
        "size_ratio": result.size / dense.size,
        "accuracy_pct": result.accuracy,
        "lost_pp": dense.accuracy - result.accuracy,
        "bound_pp": bound.most if bound else nan,
        "validation_pct": result.validation,
        "validation_lost_pp": standing.validation_loss,
    }
    return {
        "verdict": standing.verdict,
        **dict(zip(KEY, result.key, strict=True)),
        "seeds": list(result.seeds),
        **{name: None if isnan(value) else round(value, 6) for name, value in figures.items()},
        "latency_noisy": result.noisy,
        "test": bound.test if bound else None,
    }
