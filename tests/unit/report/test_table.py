from pathlib import Path

import pandas as pd

from budama.analysis.columns import MODEL_KEY
from budama.report.languages import ENGLISH, TURKISH
from budama.report.table import results_table
from tests.unit.analysis.results import GLOBAL, made
from tests.unit.report.results import facts_of
from tests.unit.report.scenario import model_of, report, several_seeds, summary


def test_the_target_of_a_budget_stands_beside_what_is_left() -> None:
    table = results_table(
        facts_of(made("a", 70), made("b", 60), made("a", 60, budget="macs-0.5")), ENGLISH
    )
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    target = table.heads.index("FLOPs target (G)")
    assert [row[target] for row in texts] == ["–", "–", "–", "2.00"]


def test_accuracy_through_onnx_runtime_is_shown_where_it_differs() -> None:
    same, other = made("a", 88.001, onnx_accuracy=88.0), made("a", 88, onnx_accuracy=87.98)
    assert "ONNX accuracy (%)" not in results_table(facts_of(same), ENGLISH).heads
    assert "ONNX accuracy (%)" in results_table(facts_of(other), ENGLISH).heads


def test_normaliser_and_repair_are_columns_where_there_are_several() -> None:
    auto = GLOBAL | {"normaliser": "auto", "chosen": "raw lamp"}
    one = results_table(facts_of(made("a", 70), made("b", 60, **auto)), ENGLISH)
    assert not {"Normaliser", "Repair"} & set(one.heads)
    several = results_table(
        facts_of(made("a", 70, **GLOBAL), made("a", 60, repair="refit", **auto)), ENGLISH
    )
    places = [several.heads.index(name) for name in ("Normaliser", "Repair")]
    texts = [[row.cells[place].text for place in places] for row in several.rows]
    assert texts == [["–", "–"], ["mean", "none"], ["auto (raw, LAMP)", "refit"]]


def test_parts_have_headings_of_what_their_cuts_share() -> None:
    fast = GLOBAL | {"normaliser": "auto", "budget": "latency-0.5", "repair": "refit"}
    cells = [
        made("dense-finetuned", 90),
        *(made(name, 70, part="as published") for name in ("random", "a")),
        *(made(name, 80, part="Hızlı", **fast) for name in ("random", "a")),
    ]
    for language, headings in (
        (
            ENGLISH,
            (
                "as published: layer-wise, 10% of the channels, repair: none",
                "Hızlı: global, down to 50% of the time, repair: refit",
            ),
        ),
        (
            TURKISH,
            (
                "as published: katman bazlı, kanal oranı %10, onarım: yok",
                "Hızlı: global, çıkarım süresi hedefi %50, onarım: yeniden oturtma",
            ),
        ),
    ):
        table = results_table(facts_of(*cells), language)
        assert [row.kind for row in table.rows] == [
            *("dense", "control"),
            *("part", "control", "method"),
            *("part", "control", "method"),
        ]
        assert [row.cells[0].text for row in table.rows if row.kind == "part"] == [*headings]
        assert table.heads[:2] == [language.words["method"], language.words["accuracy"]]
    several = results_table(
        facts_of(*cells, made("a", 60, part="as published", budget="macs-0.5")), ENGLISH
    )
    assert several.heads[:2] == ["Method", "Budget"]


def test_the_figure_after_the_repair_is_shown_where_layers_were_refitted() -> None:
    figures = {"after_cut": 10.0, "norms": 60.0, "repaired": 60.0}
    norms = results_table(facts_of(made("a", 70, repair="norms", **figures)), ENGLISH)
    assert "Norms measured anew (%)" in norms.heads
    assert "After the repair (%)" not in norms.heads
    refit = results_table(facts_of(made("a", 70, repair="refit", **figures)), ENGLISH)
    place = refit.heads.index("Right after the cut (%)")
    assert refit.heads[place : place + 3][1:] == ["Norms measured anew (%)", "After the repair (%)"]
    assert [cell.text for cell in refit.rows[1].cells[place : place + 3]] == [
        "10.0",
        "60.0",
        "60.0",
    ]


def test_several_seeds_are_one_row_and_their_own_table(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    found = report(tmp_path, models=models)
    table = pd.read_csv(tmp_path / "summary.csv").query("method == 'taylor'")["accuracy_pct"]
    first, second = table.map("{:.2f}".format)
    row = f"| Taylor | layer-wise | 2 | {table.mean():.2f} ± {table.std():.2f} |"
    assert row in found["en"]
    assert "### Seed by seed" in found["en"]
    assert f"| Taylor | layer-wise | 0 | {first} |" in found["en"]
    assert f"| Taylor | layer-wise | 1 | {second} |" in found["en"]
    assert "Hillis's mixed model" in found["en"]
    assert "McNemar's p within each seed" in found["en"]
    assert "±" not in report(tmp_path, models=models[:1])["en"].split("### Seed")[1][:400]


def test_what_is_missing_is_a_dash_and_a_note(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    table.assign(latency_ms=None, latency_ratio=None).to_csv(tmp_path / "summary.csv", index=False)
    lost = table.iloc[1][MODEL_KEY].to_dict() | {"method": "taylor", "seed": 3}
    lost |= {"scope": "global", "normaliser": "mean"}
    models = [model_of(table.iloc[1], tmp_path), {"folder": "none", **lost}]
    found = report(tmp_path, models=models)
    assert "−18.4% | – | – | 3.34 |" in found["en"]
    assert (
        "**Missing: no inference time of Magnitude (layer-wise, 10% of the channels, repair: none, "
        "published).**" in found["en"]
    )
    terms = "global, 10% of the channels, normaliser: mean, repair: none, published"
    assert f"Taylor ({terms}), seed 3.**" in found["en"]
    assert "Çıkarım süresi ölçülmedi." in found["tr"]


def test_a_method_without_any_result_does_not_stop_the_report(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    lost = table.iloc[[1]].assign(method="taylor")
    figures = lost.columns[lost.columns.str.contains("pct|pp|mib|_g$|latency")]
    lost[figures] = None
    pd.concat([table, lost]).to_csv(tmp_path / "summary.csv", index=False)
    found = report(tmp_path)["en"]
    assert "| Taylor | layer-wise | – | – |" in found
    assert "- **Taylor:** No result: this cell is not finished." in found


def test_only_the_dense_model_and_its_control_make_a_report(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    control = table.iloc[[0]].assign(method="dense-finetuned", accuracy_pct=79.9)
    pd.concat([table.iloc[[0]], control]).to_csv(tmp_path / "summary.csv", index=False)
    assert "Extra training alone (published) changed" in report(tmp_path)["en"]


def test_a_noisy_latency_is_marked_and_explained(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    noisy = table.assign(
        latency_noisy=[False, True], latency_ratio_low=[1, 0.9], latency_ratio_high=[1, 1.1]
    )
    noisy.to_csv(tmp_path / "summary.csv", index=False)
    found = report(tmp_path)["en"]
    assert "| 1.000\\* | 0.900 – 1.100 |" in found
    assert "noisy" in found.split("How to read this")[1]
