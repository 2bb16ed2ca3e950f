"""A small scenario to write reports of."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.columns import MODEL_KEY
from budama.config.recipe import Recipe
from budama.stages import report as stage
from budama.stages.analyse import analyse
from tests.unit.analysis.results import predictions
from tests.unit.report.html import written

SETTINGS: dict[str, Any] = {
    "title": "TS3",
    "task": {
        "name": "resnet50-imagenet",
        "model": "torchvision/resnet50",
        "weights": "pretrained",
        "dataset": "imagenet",
        "image_size": 224,
        "calibration": {"batches": 100, "batch_size": 256},
    },
    "scopes": ["layer"],
    "normalisers": ["auto"],
    "budgets": ["channels-0.1"],
    "repairs": ["none"],
    "methods": ["magnitude"],
    "controls": ["random"],
    "parts": [],
    "seeds": [0],
    "original": "start",
    "recovery": ["published"],
    "recipes": {
        "start": Recipe(epochs=3, learning_rate=0.002).model_dump(mode="json"),
        "published": Recipe(epochs=10, learning_rate=0.0001).model_dump(mode="json"),
    },
    "assumed": {},
    "models": [],
    "failed": [],
}
AUDIT: dict[str, Any] = {
    "skipped": {},
    "unreadable": [],
    "duplicates": [],
    "contradictions": [],
    "remarks": [],
}
_FILES = ("published", "pictures", "timings", "answer")
MANIFEST = {
    "classes": [f"n{i:08}" for i in range(1000)],
    "images": {
        "train": 1153051,
        "validation": 128116,
        "test": 50000,
        "calibration": 25600,
        "selection": 1000,
    },
    "drawn": {"validation": 0.1, "test": None},
}


def report(folder: Path, audit: dict[str, Any] = AUDIT, **settings: Any) -> dict[str, str]:
    """Return the report of ``summary``, as ``written`` does."""
    if not (folder / "summary.csv").exists():
        summary(folder / "summary.csv")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    (folder / "audit.json").write_text(json.dumps(audit))
    files = {name: settings.pop(name, None) for name in _FILES}
    settings = SETTINGS | settings
    summary_table, results, comparisons = analysed(
        folder, settings["models"], files["published"], settings
    )
    stage.report(
        scenario=settings,
        summary=summary_table,
        results=results,
        comparisons=comparisons,
        manifest=folder / "manifest.json",
        audit=folder / "audit.json",
        html=folder / "report.html",
        **files,
    )
    return written(folder)


def analysed(
    folder: Path,
    models: list[dict[str, Any]],
    published: Path | None = None,
    scenario: dict[str, Any] = SETTINGS,
) -> tuple[Path, Path, Path]:
    """Return the summary of ``folder``, its results and their comparisons."""
    summary, results, comparisons = (
        folder / f"{name}.csv" for name in ("summary", "results", "comparisons")
    )
    analyse(
        summary=summary,
        published=published,
        results=results,
        comparisons=comparisons,
        models=models,
        recipes=scenario["recipes"],
        batches=scenario["task"]["calibration"]["batches"],
    )
    return summary, results, comparisons


def summary(path: Path) -> Path:
    """Write the dense and the magnitude row of the user's published TS3 report."""
    shared = {
        "scenario": "ts3",
        "task": "resnet50-imagenet",
        "model": "torchvision/resnet50",
        "dataset": "imagenet",
        "seed": 0,
        "recipe": "published",
        "top5_pct": 93.5,
        "test_images": 49997,
        "normaliser": "-",
        "validation_after_cut_pct": 5.0,
        "validation_norms_pct": 5.0,
        "validation_repaired_pct": 5.0,
        "provider": "CUDA",
        "latency_ratio": 1.0,
        "latency_ms": 1.5,
    }
    rows: list[dict[str, Any]] = [
        {"method": "dense", "scope": "-", "budget": "-", "repair": "-", "accuracy_pct": 78.59}
        | {"accuracy_low_pct": 78.2, "accuracy_high_pct": 78.9, "accuracy_drop_pp": 0}
        | {"size_mib": 97.70, "size_change_pct": 0, "macs_g": 4.13, "macs_change_pct": 0},
        {"method": "magnitude", "scope": "layer", "budget": "channels-0.1", "repair": "none"}
        | {"accuracy_pct": 75.55, "accuracy_low_pct": 75.2, "accuracy_high_pct": 75.9}
        | {"accuracy_drop_pp": -3.04, "size_mib": 79.67, "size_change_pct": -18.45}
        | {"macs_g": 3.34, "macs_change_pct": -19.1},
    ]
    pd.DataFrame([shared | row for row in rows]).to_csv(path, index=False)
    return path


def model_of(row: "pd.Series[Any]", folder: Path) -> dict[str, Any]:
    return {"folder": str(folder)} | {name: row[name] for name in MODEL_KEY}


def several_seeds(folder: Path) -> list[dict[str, Any]]:
    """Write a summary of two methods with two seeds, and their predictions; return the models."""
    table = pd.read_csv(summary(folder / "summary.csv"))
    names = {"dense": [0], "magnitude": [0, 1], "taylor": [0, 1]}
    right = dict(zip(names, predictions(0, [0.9, 0.8, 0.7], seeds=2, spread=0.01), strict=True))
    rows, models = [], []
    for method, seeds in names.items():
        start = table.iloc[[0 if method == "dense" else 1]]
        for seed in seeds:
            share = 100 * right[method][seed].mean()
            row = start.assign(method=method, seed=seed, accuracy_pct=share, test_images=2000)
            rows.append(row)
            models.append(model_of(row.iloc[0], folder / f"{method}{seed}"))
            (folder / f"{method}{seed}").mkdir()
            images = pd.DataFrame({"key": range(2000), "rank": 1 - right[method][seed]})
            images.to_parquet(folder / f"{method}{seed}" / "predictions.parquet")
    pd.concat(rows).to_csv(folder / "summary.csv", index=False)
    return models
