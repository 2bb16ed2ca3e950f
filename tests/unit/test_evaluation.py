import pandas as pd
import pytest

from budama.evaluation import summarise


def test_accuracy_and_its_wilson_interval() -> None:
    """81 of 263: 0.2553 to 0.3662, the worked example of Newcombe, Statist. Med. 17 (1998)."""
    table = pd.DataFrame({"label": [0] * 263, "predicted": [0] * 81 + [1] * 182})
    found = summarise(table)
    assert found["accuracy_pct"] == pytest.approx(100 * 81 / 263)
    assert round(found["accuracy_low_pct"], 2) == 25.53
    assert round(found["accuracy_high_pct"], 2) == 36.62
