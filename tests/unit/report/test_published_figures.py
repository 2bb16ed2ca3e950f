"""The generator, fed with the published figures, says what the published reports say."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.report.languages import ENGLISH
from tests.unit.report.scenario import SETTINGS, report, summary

PUBLISHED = Path(__file__).parents[3] / "resources/published/published.csv"
TEST_IMAGES = {"ts3": 49_997, "ts6": 25_250}


def reproduced(scenario: str, folder: Path, **changes: float) -> dict[str, str]:
    """Return the report of a summary that holds a scenario's published figures, and ``changes``."""
    rows = pd.read_csv(PUBLISHED).query("scenario == @scenario")
    dense = rows["method"] == "dense"
    own = rows[
        [
            *("scenario", "dataset", "method", "accuracy_pct", "accuracy_drop_pp"),
            *("size_mib", "size_change_pct", "macs_g", "macs_change_pct"),
        ]
    ].assign(
        model="torchvision/" + rows["model"],
        scope=rows["scope"].mask(dense, "-"),
        budget=pd.Series("channels-0.1", rows.index).mask(dense, "-"),
        normaliser=rows["scope"].map({"global": "mean"}).fillna("-").mask(dense, "-"),
        repair=pd.Series("none", rows.index).mask(dense, "-"),
        recipe="published",
        seed=0,
        test_images=TEST_IMAGES[scenario],
        latency_ms=rows["inference_ms"],
        latency_ratio=rows["inference_ms"] / rows["inference_ms"].iloc[0],
        provider="published",
        **changes,
    )
    own.to_csv(folder / "summary.csv", index=False)
    return report(folder, title=scenario.upper(), published=PUBLISHED)


@pytest.fixture(scope="module")
def ts3(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return reproduced("ts3", tmp_path_factory.mktemp("ts3"))


@pytest.fixture(scope="module")
def ts6(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return reproduced("ts6", tmp_path_factory.mktemp("ts6"))


def table_of(markdown: str, name: str) -> list[list[str]]:
    """Return the cells of the rows of results that begin with ``name``."""
    lines = [line for line in markdown.splitlines() if line.startswith(f"| {name} |")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_the_table_of_ts3(ts3: dict[str, str]) -> None:
    tables = {
        "Orijinal (fine-tuned)": "– 78,59 – 97,70 – 0,027 1,000 4,13 –",
        "Nöron kapsama": "katman bazlı 72,13 −6,46 79,67 −%18,4 1,330 49,259 3,34 −%19,1",
        "Wanda": "katman bazlı 74,50 −4,09 79,67 −%18,4 1,340 49,630 3,34 −%19,1",
        "Büyüklük (magnitude)": "katman bazlı 75,55 −3,04 79,67 −%18,4 0,014 0,519 3,34 −%19,1",
        "Taylor": "katman bazlı 75,54 −3,05 79,67 −%18,4 0,018 0,667 3,34 −%19,1",
    }
    for name, cells in tables.items():
        assert " ".join(table_of(ts3["tr"], name)[0][1:]) == cells


def test_the_table_of_ts6_with_its_best(ts6: dict[str, str]) -> None:
    tables = {
        "Original (fine-tuned)": "– 89.20 – 68.11 – 0.588 1.000 4.61 –",
        "Neuron coverage": "global 80.95 −8.25 **49.45** −27.4% 5.320 9.048 **3.70** −19.7%",
        "Wanda": "global 85.93 −3.27 59.35 −12.9% 5.320 9.048 4.05 −12.1%",
        "Magnitude": "global 86.78 −2.42 61.66 −9.5% 0.580 0.986 3.91 −15.2%",
        "Taylor": "global **87.99** −1.21 59.14 −13.2% 0.590 1.003 4.11 −10.9%",
    }
    for name, cells in tables.items():
        assert " ".join(table_of(ts6["en"], name)[0][1:]) == cells


def test_the_observations_of_ts3(ts3: dict[str, str]) -> None:
    for line in (
        "- **Büyüklük (magnitude):** 1. sıra (%75,55); Taylor ile berabere, aradaki fark anlamlı "
        "değil.",
        "- **Taylor:** 1. sıra (%75,54); Büyüklük (magnitude) ile berabere, aradaki fark anlamlı "
        "değil.",
        "- **Wanda:** 3. sıra (%74,50).",
        "- **Nöron kapsama:** 4. sıra, en düşük doğruluk (%72,13).",
        "- %18,4 model boyutu azalması (97,70 MiB → 79,67 MiB), bütün yöntemlerde aynı.",
        "- %19,1 FLOPs azalması (4,13G → 3,34G), bütün yöntemlerde aynı.",
        "- Orijinalden hızlı olanlar (çıkarım oranı): Büyüklük (magnitude) 0,52; Taylor 0,67.",
        "- **Büyüklük (magnitude):** Orijinal doğruluk %96,1 oranında korundu (−3,04 puan); FLOPs "
        "−%19,1, boyut −%18,4.",
        "- TS2 senaryosundan farklı ayarlar: budama oranı %10 (orada %20), fine-tuning 10 epoch "
        "(orada 5).",
    ):
        assert f"{line}\n" in ts3["tr"]
    for share in ("%96,1", "%94,8", "%91,8"):
        assert f"Orijinal doğruluk {share} oranında korundu" in ts3["tr"]
    assert "Inference times differ by a factor of 95.7 between methods" in ts3["en"]
    assert "One figure of TS4 (global) was published: 76.83% (−1.76 points)" in ts3["en"]


def test_the_observations_of_ts6(ts6: dict[str, str]) -> None:
    for line in (
        "- **Taylor:** 1. sıra, en yüksek doğruluk (%87,99).",
        "- **Büyüklük (magnitude):** 2. sıra (%86,78).",
        "- **Wanda:** 3. sıra (%85,93).",
        "- **Nöron kapsama:** 4. sıra, en düşük doğruluk (%80,95).",
        "- %9,5 – %27,4 model boyutu azalması: en az Büyüklük (magnitude), en çok Nöron kapsama.",
        "- %10,9 – %19,7 FLOPs azalması: en az Taylor, en çok Nöron kapsama.",
        "- **Taylor:** Burada (global) %87,99, yayımlanan TS5 sonucu (katman bazlı) %86,67: fark "
        "+1,32 puan, anlamlı.",
        "- **Büyüklük (magnitude):** Burada (global) %86,78, yayımlanan TS5 sonucu (katman bazlı) "
        "%85,83: fark +0,95 puan, anlamlı.",
        "- **Taylor:** Burada (global) boyut −%13,2, yayımlanan TS5 sonucunda (katman bazlı) "
        "−%18,8.",
    ):
        assert f"{line}\n" in ts6["tr"]
    # the report cut 90.75 to 90.7, we round
    for share in ("98.6%", "97.3%", "96.3%", "90.8%"):
        assert f"Keeps {share} of the original accuracy" in ts6["en"]


def test_figures_without_predictions_are_compared_as_proportions(ts3: dict[str, str]) -> None:
    assert "| Magnitude against Taylor | +0.01 |" in ts3["en"]
    (row,) = table_of(ts3["en"], "Magnitude against Taylor")
    assert row[-1] == "tie"
    assert "Results without a file of predictions were compared" in ts3["en"]
    assert "McNemar's exact test" not in ts3["en"]


def test_the_published_row_stands_below_with_the_difference(tmp_path: Path) -> None:
    markdown = reproduced("ts3", tmp_path, accuracy_pct=75.0)["en"]
    lines = markdown.splitlines()
    place = next(i for i, line in enumerate(lines) if line.startswith("| Taylor |"))
    assert lines[place + 1].startswith("| *published* |  | 75.54 (−0.54) | −3.05 | 79.67 (0.00) |")


def test_what_differs_from_a_neighbour_are_the_settings_of_the_run(tmp_path: Path) -> None:
    """TS2's row holds its published settings, from which this run departs, and no figures."""
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    table = table.assign(scenario="ts2", budget=["-", "channels-0.3"])
    table.to_csv(tmp_path / "summary.csv", index=False)
    english = report(tmp_path, published=PUBLISHED)["en"]
    assert "differ from TS3: 30% of the channels (there 10%), 10 epochs of fine-tuning" in english
    # there is no such row
    assert ENGLISH.words["note_published"] not in english


def test_beside_a_result_that_is_missing_the_published_figure_stands_alone(tmp_path: Path) -> None:
    markdown = reproduced("ts3", tmp_path, accuracy_pct=float("nan"))["en"]
    assert "| *published* |  | 75.54 | −3.05 | 79.67 (0.00) |" in markdown


@pytest.mark.parametrize(
    "change", ["budget", "epochs", "scope", "dataset", "calibration", "repair"]
)
def test_figures_of_other_settings_are_not_put_beside(change: str, tmp_path: Path) -> None:
    reproduced("ts3", tmp_path)
    table = pd.read_csv(tmp_path / "summary.csv")
    cut = table["method"] != "dense"
    settings: dict[str, Any] = {}
    match change:
        case "budget":
            table.loc[cut, "budget"] = "channels-0.2"
        case "repair":
            table.loc[cut, "repair"] = "refit"
        case "scope":
            table.loc[cut, "scope"] = "global"
        case "dataset":
            table["dataset"] = "other"
        case "epochs":
            recipe = SETTINGS["recipes"]["published"] | {"epochs": 20}
            settings = {"recipes": SETTINGS["recipes"] | {"published": recipe}}
        case "calibration":
            settings = {"task": SETTINGS["task"] | {"calibration": {"batches": 1, "batch_size": 8}}}
    table.to_csv(tmp_path / "summary.csv", index=False)
    markdown = report(tmp_path, published=PUBLISHED, **settings)["en"]
    assert "75.54 (" not in markdown
    assert "Published 75.54%" not in markdown
