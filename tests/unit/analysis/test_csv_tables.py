"""What a stranger with pandas, and the report, get from results.csv and comparisons.csv."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.analysis.columns import KEY
from budama.analysis.comparisons import Family
from budama.analysis.csv_tables import (
    SHARED,
    comparisons_table,
    read_comparisons,
    read_results,
    results_table,
)
from budama.analysis.families import families_of
from budama.analysis.predictions import results_with_predictions
from budama.analysis.published import Published
from budama.analysis.results import Result, with_intervals
from budama.analysis.significance import holm
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_csv
from budama.system.files.csv_file import read_csv
from tests.unit.analysis.results import GLOBAL, made
from tests.unit.report.scenario import several_seeds

NAMES = dict.fromkeys(SHARED, "s")
PUBLISHED = (
    "scenario,model,dataset,scope,ratio,finetune_epochs,calibration_batches,method,accuracy_pct,"
    "accuracy_drop_pp,size_mib,size_change_pct,inference_ms,macs_g,macs_change_pct\n"
    "s,m,d,layer,0.1,10,,taylor,88.1,-2,80,-20,,3.2,-20\n"
    "TS5,m,d,global,,,,taylor,80,-2,80,,,3.2,-20\n"
)


@pytest.fixture
def published(tmp_path: Path) -> Published:
    (tmp_path / "published.csv").write_text(PUBLISHED)
    shared = {"scenario": "s", "model": "torchvision/m", "dataset": "d"}
    return Published(tmp_path / "published.csv", shared, {"plain": {"epochs": 10}})


def results() -> list[Result]:
    return [
        made("dense", 90),
        made("dense-finetuned", 90.2),
        made("taylor", 88.123456789, ratio=1 / 3, noisy=True),
        made("wanda", 80, seeds=(0, 3), spread=0.1),
        made("taylor", 87, chosen="raw lamp", **GLOBAL),
        made("010", 70, **GLOBAL),
    ]


def told(results: list[Result]) -> list[Any]:
    return [
        (r.key, r.seeds, r.chosen, r.images, r.noisy, [f"{v:.17g}" for v in r.figures.values()])
        for r in results
    ]


def seen(families: list[Family]) -> list[Any]:
    """Return all that families tell; each side by its name and figures, not as an object."""
    return [
        (family.kind, family.terms, c.difference, c.p_holm, c.by_seed, side.key, side.published)
        for family in families
        for c in family.comparisons
        for side in (c.first, c.second)
    ]


def test_results_come_back_to_the_last_digit(tmp_path: Path) -> None:
    write_csv(tmp_path / "results.csv", results_table(results(), NAMES))
    assert told(read_results(tmp_path / "results.csv")) == told(results())
    table = pd.read_csv(tmp_path / "results.csv")
    assert table["seeds"].astype(str).tolist() == ["0", "0", "0", "0 3", "0", "0"]
    assert not table["predictions"].any()


def test_comparisons_come_back_to_the_last_digit(tmp_path: Path, published: Published) -> None:
    own = results()
    families = families_of(own, published)
    write_csv(tmp_path / "comparisons.csv", comparisons_table(families, {"scenario": "s"}))
    found = read_comparisons(tmp_path / "comparisons.csv", own)
    assert seen(found) == seen(families)
    kinds = ["methods", "methods", "training", "scope", "combination", "published", "neighbour"]
    assert [family.kind for family in found] == kinds
    second = found[-1].comparisons[0].second
    assert (second.published, second.accuracy) == ("TS5", 80)
    assert found[0].comparisons[0].first is own[2]


def test_every_tested_pair_is_a_row_and_the_correction_can_be_done_again(
    tmp_path: Path, published: Published
) -> None:
    table = comparisons_table(families_of(results(), published), {"scenario": "s"})
    write_csv(tmp_path / "comparisons.csv", table)
    found = pd.read_csv(tmp_path / "comparisons.csv")
    terms = [name for name in found if str(name).startswith("shared_")]
    for _, family in found.groupby(["family", *terms, "second_published"], dropna=False):
        assert holm(family["p"].tolist()) == pytest.approx(family["p_holm"].tolist())
    assert ((found["p_holm"] < 0.05) == (found["verdict"] == "real")).all()
    assert (found["family"] == "combination").sum() == 6, "all pairs of four"
    points = found["first_accuracy_pct"] - found["second_accuracy_pct"]
    assert points.tolist() == pytest.approx(found["difference_pp"].tolist())
    assert (
        found["difference_pp"]
        .between(found["difference_low_pp"], found["difference_high_pp"])
        .all()
    )


def test_several_seeds_have_a_p_each(tmp_path: Path) -> None:
    models = several_seeds(tmp_path)
    own = results_with_predictions(read_csv(tmp_path / "summary.csv"), models)
    nothing = Published(None, {"scenario": "s", "model": "m", "dataset": "d"}, {})
    families = families_of(own, nothing)
    write_csv(tmp_path / "comparisons.csv", comparisons_table(families, {}))
    found = pd.read_csv(tmp_path / "comparisons.csv")
    assert found["test"].tolist() == ["crossed"] * 3
    assert [len(each.split()) for each in found["p_by_seed"]] == [2, 2, 2]
    assert seen(read_comparisons(tmp_path / "comparisons.csv", own)) == seen(families)
    write_csv(tmp_path / "results.csv", results_table(own, NAMES))
    assert pd.read_csv(tmp_path / "results.csv")["predictions"].all()


def test_where_nothing_is_compared_the_table_is_empty(tmp_path: Path) -> None:
    write_csv(tmp_path / "comparisons.csv", comparisons_table([], {"scenario": "s"}))
    assert read_comparisons(tmp_path / "comparisons.csv", results()) == []


def test_a_table_that_cannot_be_used_is_named(tmp_path: Path, published: Published) -> None:
    file = tmp_path / "comparisons.csv"
    write_csv(file, comparisons_table(families_of(results(), published), {}))
    with pytest.raises(BudamaError, match=r"comparisons\.csv compares .*wanda.*not among the"):
        read_comparisons(file, results()[:3])
    pd.read_csv(file).drop(columns="p_holm").to_csv(file, index=False)
    with pytest.raises(BudamaError, match=r"comparisons\.csv lacks p_holm: delete it and run"):
        read_comparisons(file, results())
    write_csv(tmp_path / "results.csv", results_table(results(), NAMES).drop(columns="seeds"))
    with pytest.raises(BudamaError, match=r"results\.csv lacks seeds: delete it and run again"):
        read_results(tmp_path / "results.csv")


@pytest.mark.parametrize(
    ("column", "value"), [("accuracy_pct", "many"), ("seeds", "0;1"), ("test_images", "")]
)
def test_results_that_were_changed_by_hand_are_named(
    tmp_path: Path, column: str, value: str
) -> None:
    table = results_table(results(), NAMES).astype(object)
    table.loc[2, column] = value
    write_csv(tmp_path / "results.csv", table)
    with pytest.raises(BudamaError, match=r"results\.csv was changed by hand: delete it and run"):
        read_results(tmp_path / "results.csv")


def test_comparisons_that_were_changed_by_hand_are_named(
    tmp_path: Path, published: Published
) -> None:
    table = comparisons_table(families_of(results(), published), {}).astype(object)
    table.loc[0, "p"] = "small"
    write_csv(tmp_path / "comparisons.csv", table)
    with pytest.raises(BudamaError, match=r"comparisons\.csv was changed by hand: delete it"):
        read_comparisons(tmp_path / "comparisons.csv", results())


def test_intervals_of_another_summary_are_refused() -> None:
    table = pd.DataFrame([dict.fromkeys(KEY, "x")])
    with pytest.raises(BudamaError, match=r"no row for x(, x){5}, which the summary has: delete"):
        with_intervals(table, results())
