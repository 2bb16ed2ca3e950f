"""From a summary and predictions to the two tables that the report shows."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.config.places import COMPARISONS, RESULTS_TABLE, SUMMARY
from budama.stages.analyse import analyse
from budama.system.errors import BudamaError
from tests.unit.report.scenario import several_seeds, summary

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "resources/published/published.csv"


def tables(
    folder: Path, models: list[dict[str, Any]], published: Path | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    analyse(
        summary=folder / SUMMARY,
        published=published,
        results=folder / RESULTS_TABLE,
        comparisons=folder / COMPARISONS,
        models=models,
        recipes={"published": {"epochs": 10}},
        batches=100,
    )
    return pd.read_csv(folder / RESULTS_TABLE), pd.read_csv(folder / COMPARISONS)


def test_seeds_are_one_row_with_an_interval_over_seeds_and_images(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    results, comparisons = tables(tmp_path, models)
    assert results["method"].tolist() == ["dense", "magnitude", "taylor"]
    assert results["seeds"].tolist() == ["0", "0 1", "0 1"]
    assert results["predictions"].all()
    rows = pd.read_csv(tmp_path / SUMMARY).groupby("method")["accuracy_pct"]
    found = results.set_index("method")
    assert found["accuracy_pct"].tolist() == pytest.approx(rows.mean().tolist())
    assert found["accuracy_spread_pp"]["taylor"] == pytest.approx(rows.std()["taylor"])
    assert found["accuracy_low_pct"]["taylor"] < found["accuracy_pct"]["taylor"]
    assert found["accuracy_low_pct"]["dense"] == 78.2, "that of the summary"
    assert (comparisons["test"] == "crossed").all()
    verdicts = dict(zip(comparisons["first_method"], comparisons["verdict"], strict=True))
    assert verdicts == {"magnitude": "real", "taylor": "tie"}, "Taylor's seeds are far apart"
    without, tested = tables(tmp_path, [])
    assert not without["predictions"].any()
    assert (tested["test"] == "proportions").all()


def test_published_figures_are_marked_with_their_scenario(tmp_path: Path) -> None:
    summary(tmp_path / SUMMARY)
    _, comparisons = tables(tmp_path, [], PUBLISHED)
    marked = comparisons.dropna(subset="second_published").set_index("family")
    assert set(marked["second_published"]["published"]) == {"ts3"}
    own = marked.loc["published"].set_index("first_method").loc["magnitude"]
    assert (own["difference_pp"], own["second_accuracy_pct"], own["verdict"]) == (0, 75.55, "tie")
    assert comparisons["second_published"].isna().any(), "not those of our own results"


def test_predictions_of_other_images_are_refused(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    file = tmp_path / "taylor1/predictions.parquet"
    pd.read_parquet(file).assign(key=range(1, 2001)).to_parquet(file)
    with pytest.raises(BudamaError, match=r"taylor1/predictions\.parquet holds other test images"):
        tables(tmp_path, models)
    assert not (tmp_path / RESULTS_TABLE).exists()


def test_every_column_is_explained(tmp_path: Path) -> None:
    """A stranger with pandas finds each in results/README.md."""
    text = (ROOT / "results/README.md").read_text()
    explained = set(re.findall(r"`([a-z0-9_]+)`", text))
    columns = [name for table in tables(tmp_path, several_seeds(tmp_path)) for name in table]
    assert [name for name in columns if name not in explained] == []
