from math import isnan
from pathlib import Path

import pandas as pd
import pytest

from budama.analysis.results import results_of, seeds_of, with_intervals
from budama.system.files.csv_file import read_csv
from tests.unit.report.scenario import several_seeds


@pytest.fixture
def table(tmp_path: Path) -> pd.DataFrame:
    """A dense model and two methods of two seeds."""
    several_seeds(tmp_path)
    found = read_csv(tmp_path / "summary.csv")
    return found.assign(
        latency_ratio_low=[1, 0.8, 0.7, 0.6, 0.5],
        latency_ratio_high=[1, 2, 3, 4, 5],
        latency_noisy=[False, True, False, False, False],
    )


def test_seeds_are_put_together_each_figure_in_its_own_way(table: pd.DataFrame) -> None:
    dense, magnitude, taylor = results_of(table)
    own = table[table["method"] == "magnitude"]
    assert (magnitude.seeds, dense.seeds) == ((0, 1), (0,))
    assert magnitude.accuracy == own["accuracy_pct"].mean()
    assert magnitude.spread == own["accuracy_pct"].std()
    assert isnan(dense.spread)
    assert (magnitude.ratio_low, magnitude.ratio_high) == (0.7, 3)
    assert (magnitude.noisy, taylor.noisy) == (True, False)
    assert magnitude.figures["top5_pct"] == 93.5
    assert isnan(magnitude.figures["params_m"]), "the summary does not have it"


def test_every_row_alone_is_a_result(table: pd.DataFrame) -> None:
    assert [(r.method, r.seeds) for r in seeds_of(table)[1:3]] == [
        ("magnitude", (0,)),
        ("magnitude", (1,)),
    ]


def test_a_seed_without_an_accuracy_does_not_count(table: pd.DataFrame) -> None:
    table.loc[1, "accuracy_pct"] = None
    magnitude = results_of(table)[1]
    assert magnitude.seeds == (1,)
    assert magnitude.accuracy == table["accuracy_pct"][2]


def test_every_seed_gets_the_intervals_of_its_result(table: pd.DataFrame) -> None:
    results = [r.with_figures(accuracy_low_pct=float(n)) for n, r in enumerate(results_of(table))]
    found = with_intervals(table, results)
    assert found["accuracy_low_pct"].tolist() == [0, 1, 1, 2, 2]
    assert found["latency_ratio_low"].tolist() == [1, 0.7, 0.7, 0.5, 0.5]
