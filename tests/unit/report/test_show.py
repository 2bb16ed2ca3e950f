from io import StringIO
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from budama.report.show import show

SHARED = {
    "scenario": "demo",
    "model": "timm/tf_efficientnet_lite0",
    "dataset": "fashion-mnist-small",
    "normaliser": "-",
    "repair": "-",
    "recipe": "published",
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
    "latency_ratio_low": 0.9,
    "latency_ratio_high": 0.91,
    "latency_noisy": False,
    "provider": "CPU",
}


SHARED_TIMES = [name for name in SHARED if name.startswith("latency")]


def shown(folder: Path, rows: list[dict[str, Any]], width: int) -> str:
    pd.DataFrame([SHARED | row for row in rows]).to_csv(folder / "summary.csv", index=False)
    (folder / "report.html").touch()
    text = StringIO()
    show(folder, Console(file=text, width=width))
    return text.getvalue()


def test_the_table_fits_an_ordinary_terminal(tmp_path: Path) -> None:
    rows = [
        {"method": "dense", "scope": "-", "budget": "-"},
        {"method": "dense-finetuned", "scope": "-", "budget": "-"},
        {"method": "magnitude", "scope": "global", "budget": "channels-0.1"},
    ]
    text = shown(tmp_path, rows, 80)
    assert "…" not in text
    for value in ("dense-finetuned", "global", "89.06", "-12.34", "-19.1%", "0.905", "0.90–0.91"):
        assert value in text
    assert f"Report: {tmp_path}/report.html (also report." in text
    assert "report.en.md, report.tr.md)" in text
    assert "Noisy" not in text


def test_noise_is_marked_and_what_was_not_timed_has_no_columns(tmp_path: Path) -> None:
    dense: dict[str, Any] = {"method": "dense", "scope": "-", "budget": "-"}
    row = {"method": "magnitude", "scope": "global", "budget": "channels-0.1"}
    noisy = shown(tmp_path, [dense, row | {"latency_noisy": True}], 80)
    assert "0.905*" in noisy
    few = shown(tmp_path, [row | {"latency_ratio_low": None, "latency_ratio_high": None}], 80)
    assert "nan" not in few
    again = "To time again: `snakemake --cores all demo --forcerun latency` (trains nothing)."
    assert f"* Noisy: the interval is wider than 5% of the ratio. {again}\n" in noisy
    untimed = shown(tmp_path, [row | dict.fromkeys(SHARED_TIMES)], 80)
    assert "ratio" not in untimed
    assert "Latency was not measured" in untimed


def test_the_dense_model_is_its_own_measure(tmp_path: Path) -> None:
    dense = {"method": "dense", "scope": "-", "budget": "-", "latency_noisy": True}
    text = shown(tmp_path, [dense | {"latency_ratio": 1.0}], 80)
    assert "1.000" in text
    for noise in ("1.000*", "0.90–0.91", "Noisy"):
        assert noise not in text


def test_rows_that_differ_by_recipe_or_budget_are_told_apart(tmp_path: Path) -> None:
    control = {"method": "dense-finetuned", "scope": "-", "budget": "-"}
    cell = {"method": "magnitude", "scope": "global", "budget": "channels-0.1"}
    rows = [
        {"method": "dense", "scope": "-", "budget": "-", "recipe": "start"},
        control,
        control | {"recipe": "strong"},
        cell,
        cell | {"recipe": "strong"},
        cell | {"recipe": "strong", "budget": "macs-0.5"},
    ]
    lines = shown(tmp_path, rows, 80).splitlines()
    for words in (
        ("dense-finetuned", "strong", "0.905"),
        ("magnitude", "channels-0.1", "published", "0.905"),
        ("magnitude", "macs-0.5", "strong", "0.905"),
    ):
        assert any(all(word in line for word in words) for line in lines), words
    assert not any("recipe" in line for line in shown(tmp_path, rows[:2], 80).splitlines())


def test_repairs_and_normalisers_have_columns_where_there_are_several(tmp_path: Path) -> None:
    cell = {"method": "magnitude", "scope": "global", "budget": "channels-0.1"}
    cell |= {"normaliser": "raw", "repair": "none"}
    rows = [{"method": "dense", "scope": "-", "budget": "-"}, cell, cell | {"repair": "refit"}]
    text = shown(tmp_path, rows, 80)
    assert "refit" in text
    assert "raw" not in text
    assert "raw" in shown(tmp_path, [*rows, cell | {"normaliser": "lamp"}], 100)


def test_parts_stand_apart_under_what_their_cuts_share(tmp_path: Path) -> None:
    uncut = {"scope": "-", "budget": "-", "repair": "-", "part": "-"}
    published = {
        "scope": "layer",
        "budget": "channels-0.1",
        "repair": "none",
        "part": "[b]2024[/b]",
    }
    fast = {"scope": "global", "budget": "latency-0.5", "repair": "refit", "part": "hızlı"}
    fast |= {"normaliser": "auto"}
    methods = ("random", "magnitude")
    cells = [cut | {"method": name} for cut in (published, fast) for name in methods]
    dense = [uncut | {"method": name} for name in ("dense", "dense-finetuned")]
    lines = [line.rstrip() for line in shown(tmp_path, [*dense, *cells], 80).splitlines()]
    # what tells the parts apart stands above them, and in no column
    assert lines[1].split()[:2] == ["method", "acc."]
    first, second = (
        lines.index(start)
        for start in ("[b]2024[/b]: layer, channels-0.1, none", "hızlı: global, latency-0.5, refit")
    )
    assert lines[first - 1] == lines[second - 1] == ""
    assert [line.split()[0] for line in lines[first + 1 : second - 1]] == ["random", "magnitude"]
    places = {line.index("89.06") for line in lines if "89.06" in line}
    assert len(places) == 1  # the columns stand below each other in all parts
    assert max(map(len, lines[: second + 3])) <= 80

    other = fast | {"method": "magnitude", "budget": "latency-0.7"}
    lines = shown(tmp_path, [*dense, *cells, other], 100).splitlines()
    assert lines[1].split()[:2] == ["method", "budget"]
    assert any(line.strip() == "hızlı: global, refit" for line in lines)


def test_names_are_shown_as_they_were_given(tmp_path: Path) -> None:
    cell = {"method": "NA", "scope": "global", "budget": "channels-0.1"}
    rows = [{"method": "dense", "scope": "-", "budget": "-"}, cell, cell | {"recipe": "010"}]
    line = next(line for line in shown(tmp_path, rows, 80).splitlines() if "010" in line)
    assert line.split()[:2] == ["NA", "global"]
