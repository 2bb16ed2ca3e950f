from pathlib import Path
from typing import Any

import pandas as pd

from tests.unit.report.scenario import report

TIMED: dict[str, Any] = {
    **{"method": "dense", "scope": "-", "budget": "-", "normaliser": "-", "repair": "-"},
    **{"recipe": "start", "seed": 0},
    **{"precision": "int8", "batch_size": 32, "ratio": 0.512, "ratio_low": 0.5},
    **{"ratio_high": 0.53, "noisy": True, "dense_p50_ms": 2.0, "p50_ms": 1.024, "p90_ms": 1.2},
    **{"p99_ms": 1.5, "images_per_s": 31250.4, "peak_pct": 12.3, "accuracy_pct": float("nan")},
    **{"file_mib": 3.9},
}


def test_every_measurement_of_latency_is_listed(tmp_path: Path) -> None:
    cell = TIMED | {"method": "magnitude"}
    pd.DataFrame([TIMED, cell]).to_csv(tmp_path / "latency.csv", index=False)
    found = report(tmp_path, timings=tmp_path / "latency.csv")
    line = "int8 | 32 | 1.024 | 1.200 | 1.500 | 31,250 | 12.3 | 0.512\\* | 0.500 – 0.530 | – | 3.90"
    assert line in found["en"]
    assert "0,512*" in found["html"]
    assert "31.250" in found["tr"]
    few = TIMED | {"ratio_low": None, "ratio_high": None}  # of fewer than six processes
    pd.DataFrame([few]).to_csv(tmp_path / "latency.csv", index=False)
    without_interval = report(tmp_path, timings=tmp_path / "latency.csv")
    assert "| 0.512\\* | – | – | 3.90" in without_interval["en"]
    pd.DataFrame([TIMED]).head(0).to_csv(tmp_path / "latency.csv", index=False)
    nothing = report(tmp_path, timings=tmp_path / "latency.csv")
    assert "Every measurement" not in nothing["en"]


def test_measurements_have_the_names_that_were_given(tmp_path: Path) -> None:
    rows = [TIMED | {"method": "NA", "recipe": recipe} for recipe in ("010", "null")]
    pd.DataFrame([TIMED, *rows]).to_csv(tmp_path / "latency.csv", index=False)
    found = report(tmp_path, timings=tmp_path / "latency.csv")["en"]
    assert "| NA | 010 | int8 | 32 |" in found
    assert "| NA | null | int8 | 32 |" in found
