"""A scenario's figures, small enough to check by hand."""

from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.analysis.columns import MODEL_KEY
from budama.report.languages import ENGLISH
from budama.report.pictures.charts import Pen
from budama.report.pictures.material import Material

NOT_CUT = dict.fromkeys(("scope", "budget", "normaliser", "repair"), "-")
DENSE = {"method": "dense", **NOT_CUT, "recipe": "start", "seed": 0}
CONTROL = {"method": "dense-finetuned", **NOT_CUT, "recipe": "short", "seed": 0}
CLASSES = ["cat", "dog", "NA"]


def models(
    methods: tuple[str, ...] = ("wanda", "taylor"),
    scopes: tuple[str, ...] = ("layer", "global"),
    budgets: tuple[str, ...] = ("channels-0.1",),
    seeds: tuple[int, ...] = (0,),
    repairs: tuple[str, ...] = ("refit",),
    normalisers: tuple[str, ...] = ("auto",),
) -> list[dict[str, Any]]:
    cut = [
        {
            "method": method,
            "scope": scope,
            "budget": budget,
            "normaliser": normaliser,
            "repair": repair,
            "recipe": "short",
            "seed": seed,
        }
        for seed, budget, repair, scope in product(seeds, budgets, repairs, scopes)
        for normaliser in (normalisers if scope == "global" else ("-",))
        for method in methods
    ]
    return [DENSE, *({**CONTROL, "seed": seed} for seed in seeds), *cut]


def material(rows: list[dict[str, Any]], classes: list[str] = CLASSES) -> Material:
    """Give each model figures by its place: the later, the smaller and the less accurate."""
    keys = pd.DataFrame(rows)[MODEL_KEY]
    place = pd.Series(range(len(keys)), dtype=float)
    summary = keys.assign(
        scenario="s",
        model="m",
        dataset="d",
        test_images=1000,
        accuracy_pct=90 - place,
        accuracy_low_pct=88 - place,
        accuracy_high_pct=92 - place,
        validation_after_cut_pct=50 - place,
        validation_repaired_pct=60 - place,
        validation_pct=89 - place,
        size_mib=10 - place / 2,
        macs_g=4 - place / 4,
        latency_ratio=1 - place / 20,
    )
    return Material(
        summary=summary,
        curves=repeated(keys, 2).assign(
            epoch=lambda t: t["position"], validation_accuracy_pct=50.0 + 10
        ),
        layers=repeated(keys[keys["scope"].isin(["layer", "global"])], 2).assign(
            layer=lambda t: "conv" + t["position"].astype(str), outputs_before=8, outputs_after=6
        ),
        classes=repeated(keys, len(classes)).assign(
            **{"class": lambda t: [classes[i] for i in t["position"]]},
            accuracy_pct=lambda t: 80.0 - t["position"] * (t["method"] != "dense"),
            accuracy_low_pct=75.0,
            accuracy_high_pct=85.0,
        ),
    )


def repeated(keys: pd.DataFrame, times: int) -> pd.DataFrame:
    """Return each row ``times`` times, numbered by ``position``."""
    return keys.merge(pd.DataFrame({"position": range(times)}), how="cross")


def write(folder: Path, of: Material) -> list[dict[str, Any]]:
    """Write the tables as the stages do; return the models as ``rules/pictures.smk`` gives them."""
    folder.mkdir(parents=True, exist_ok=True)
    of.summary.to_csv(folder / "summary.csv", index=False)
    found = []
    for number, keys in enumerate(of.summary[MODEL_KEY].to_dict("records")):
        place = folder / str(number)
        place.mkdir()
        for name in ("curves", "layers", "classes"):
            table: pd.DataFrame = getattr(of, name)
            own = table[(table[MODEL_KEY] == pd.Series(keys)).all(axis=1)]
            if len(own):
                file = {"curves": "curve"}.get(name, name)
                own.drop(columns=[*MODEL_KEY, "position"]).to_csv(
                    place / f"{file}.csv", index=False
                )
        pruned = {"pruned": str(place)} if (place / "layers.csv").exists() else {}
        found.append({**{str(k): v for k, v in keys.items()}, "folder": str(place)} | pruned)
    return found


@pytest.fixture
def pen() -> Callable[[Material], Pen]:
    return lambda of: Pen(ENGLISH, of.summary["method"])
