from io import StringIO
from pathlib import Path

import pandas as pd
from rich.console import Console

from budama.show import show


def test_the_table_fits_an_ordinary_terminal(tmp_path: Path) -> None:
    shared = {
        "scenario": "demo",
        "model": "timm/tf_efficientnet_lite0",
        "dataset": "fashion-mnist-small",
        "seed": 0,
        "test_images": 5000,
        "accuracy_pct": 89.06,
        "accuracy_low_pct": 88.2,
        "accuracy_high_pct": 89.9,
        "accuracy_drop_pp": -12.34,
        "size_mib": 97.7,
        "size_change_pct": -18.6,
        "macs_change_pct": -19.1,
        "latency_ms": 12.345,
        "latency_ratio": 0.905,
        "provider": "CPU",
    }
    rows = [
        {"method": "dense", "scope": "-", "budget": "-"},
        {"method": "dense-finetuned", "scope": "-", "budget": "-"},
        {"method": "magnitude", "scope": "global", "budget": "channels-0.1"},
    ]
    pd.DataFrame([shared | row for row in rows]).to_csv(tmp_path / "summary.csv", index=False)
    text = StringIO()
    show(tmp_path, Console(file=text, width=80))
    assert "…" not in text.getvalue()
    for value in ("dense-finetuned", "global", "89.06", "-12.34", "-19.1%", "0.905"):
        assert value in text.getvalue()
    assert f"Report: {tmp_path}/report.html" in text.getvalue()
