from pathlib import Path

import pandas as pd
import pytest

from budama.analysis.predictions import results_with_predictions
from budama.analysis.results import results_of
from budama.system.errors import BudamaError
from budama.system.files.csv_file import read_csv
from tests.unit.report.scenario import several_seeds


def test_the_interval_over_seeds_is_wider_than_that_of_the_images(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    table = read_csv(tmp_path / "summary.csv")
    taylor = results_with_predictions(table, models)[2]
    alone = results_of(table)[2]
    assert taylor.seeds == (0, 1)
    assert taylor.low < taylor.accuracy < taylor.high
    assert taylor.high - taylor.low != alone.high - alone.low


def test_one_seed_that_is_left_has_the_noise_of_the_others(tmp_path: Path) -> None:
    """A cell may have failed; what training again changes is known from the other methods."""
    models = several_seeds(tmp_path)
    table = read_csv(tmp_path / "summary.csv")
    left = table[(table["method"] != "taylor") | (table["seed"] == 0)]
    dense, _, taylor = results_with_predictions(left, models)
    assert taylor.seeds == (0,)
    assert taylor.high - taylor.low > 4.2, "Wilson's is 4.07 wide"
    assert (dense.low, dense.high) == (78.2, 78.9), "the file's"


def test_predictions_of_other_images_are_refused(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    file = tmp_path / "taylor1/predictions.parquet"
    pd.read_parquet(file).assign(key=range(1, 2001)).to_parquet(file)
    with pytest.raises(BudamaError, match=r"taylor1/predictions\.parquet holds other test images"):
        results_with_predictions(read_csv(tmp_path / "summary.csv"), models)
