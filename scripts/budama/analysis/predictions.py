"""What the test images add to the summary: which were right, and an interval over seeds, too."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.columns import MODEL_KEY
from budama.analysis.difference import Right
from budama.analysis.results import Result, results_of
from budama.analysis.seed_noise import largest_noise
from budama.analysis.significance import accuracy_interval
from budama.config.places import PREDICTIONS
from budama.config.schema import DENSE
from budama.system.errors import BudamaError


def results_with_predictions(
    table: pd.DataFrame, models: Iterable[Mapping[str, Any]]
) -> list[Result]:
    """Return the results of the summary ``table`` with their predictions, the dense model first.

    ``models`` give the folder of each model beside its own columns; predictions are read from
    there where they exist. Raises ``BudamaError`` if they are of different images.
    """
    predictions = _read(models)
    results = [_with_right(result, predictions) for result in results_of(table)]
    return [_with_interval(result, results) for result in results]


def _with_right(result: Result, predictions: Mapping[tuple[str, ...], Right]) -> Result:
    """Return ``result`` with its predictions, if there are some of every seed that was tested."""
    keys = {seed: (*result.key, str(seed)) for seed in result.seeds}
    if not result.known or any(key not in predictions for key in keys.values()):
        return result
    return replace(result, right={seed: predictions[key] for seed, key in keys.items()})


def _with_interval(result: Result, results: list[Result]) -> Result:
    """Return ``result`` with an interval over seeds and images, if its predictions allow one.

    The noise of training is that of its own seeds; with a single one it is the largest of what was
    cut and trained on the same terms, if any of that has a second seed. The dense model is one
    given model.
    """
    if result.method == DENSE or not result.right:
        return result
    terms = result.key[1:]
    lent = largest_noise([r.all_right for r in results if r.right and r.key[1:] == terms])
    if lent is None:
        return result
    low, high = accuracy_interval(result.all_right, lent)
    return result.with_figures(accuracy_low_pct=low, accuracy_high_pct=high)


def _read(models: Iterable[Mapping[str, Any]]) -> dict[tuple[str, ...], Right]:
    found: dict[tuple[str, ...], Right] = {}
    keys: pd.Series[str] | None = None
    for model in models:
        path = Path(model["folder"]) / PREDICTIONS
        if not path.exists():
            continue
        table = pd.read_parquet(path, columns=["key", "rank"])
        keys = table["key"] if keys is None else keys
        if not keys.equals(table["key"]):
            raise BudamaError(
                f"{path} holds other test images than the models before it: delete it and run again"
            )
        name = tuple(str(model[part]) for part in MODEL_KEY)
        found[name] = (table["rank"] == 0).to_numpy()
    return found
