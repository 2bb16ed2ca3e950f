from math import nan
from pathlib import Path

import pandas as pd
import pytest

from budama.report.languages import ENGLISH, TURKISH, Language
from tests.unit.report.scenario import report, summary


def test_the_star_of_a_noisy_ratio_is_explained_with_its_star(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    table.assign(latency_noisy=True).to_csv(tmp_path / "summary.csv", index=False)
    assert "- \\* This latency measurement was noisy" in report(tmp_path)["en"]


@pytest.mark.parametrize("language", [ENGLISH, TURKISH])
def test_of_the_latency_is_noted_what_was_proven(language: Language, tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    timed = table.assign(latency_ratio_low=0.99, latency_ratio_high=1.01)
    no_interval = timed.assign(latency_ratio_low=[1.0, nan], latency_ratio_high=[1.0, nan])
    for found, expected in (
        (timed, ["note_latency", "note_selftest"]),
        (no_interval, ["note_latency"]),
        (table.drop(columns=["latency_ratio", "latency_ms"]), []),
    ):
        found.to_csv(tmp_path / "summary.csv", index=False)
        text = report(tmp_path)[language.code]
        notes = ("note_latency", "note_selftest")
        assert [note for note in notes if f"- {language.words[note]}\n" in text] == expected


@pytest.mark.parametrize("language", [ENGLISH, TURKISH])
def test_only_of_a_cut_to_time_is_noted_that_it_was_timed_before(
    language: Language, tmp_path: Path
) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    for budget, expected in (("latency-0.5", True), ("macs-0.5-roundauto", False)):
        table.assign(budget=["-", budget]).to_csv(tmp_path / "summary.csv", index=False)
        note = f"- {language.words['note_timed_cut']}\n"
        assert (note in report(tmp_path)[language.code]) == expected


@pytest.mark.parametrize("language", [ENGLISH, TURKISH])
def test_a_control_is_spoken_of_where_there_is_one(language: Language, tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    notes = ("note_random", "note_control")
    uncut = dict.fromkeys(("scope", "budget", "repair"), "-") | {"method": "dense-finetuned"}
    for rows, expected in (
        ([], []),
        ([table.iloc[1].to_dict() | {"method": "random"}], ["note_random"]),
        ([table.iloc[1].to_dict() | uncut], ["note_control"]),
    ):
        pd.concat([table, pd.DataFrame(rows)]).to_csv(tmp_path / "summary.csv", index=False)
        text = report(tmp_path)[language.code]
        assert [note for note in notes if f"- {language.words[note]}\n" in text] == expected


@pytest.mark.parametrize("language", [ENGLISH, TURKISH])
def test_normalisers_and_repairs_are_explained_where_there_are_any(
    language: Language, tmp_path: Path
) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    notes = ("note_normaliser", "note_repair")
    for changes, expected in (
        ({}, []),
        ({"repair": ["-", "norms"]}, ["note_repair"]),
        ({"scope": ["-", "global"], "normaliser": ["-", "raw"]}, ["note_normaliser"]),
    ):
        table.assign(**changes).to_csv(tmp_path / "summary.csv", index=False)
        text = report(tmp_path)[language.code]
        assert [note for note in notes if f"- {language.words[note]}\n" in text] == expected
