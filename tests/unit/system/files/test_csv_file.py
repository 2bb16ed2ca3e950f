from pathlib import Path

import pandas as pd
import pytest

from budama.system.files.atomic import write_csv
from budama.system.files.csv_file import NAMES, read_csv


@pytest.mark.parametrize("name", ["010", "1e3", "5", "NA", "null", "None", "nan", "True"])
def test_a_name_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    rows = [{**dict.fromkeys(NAMES, name), "seed": 7, "accuracy_pct": value} for value in (1, None)]
    write_csv(tmp_path / "table.csv", pd.DataFrame(rows))
    found = read_csv(tmp_path / "table.csv")
    for column in NAMES:
        assert found[column].tolist() == [name, name]
    assert found["seed"].tolist() == [7, 7]
    assert found["accuracy_pct"].isna().tolist() == [False, True]
