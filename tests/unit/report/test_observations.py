"""Every kind of sentence: said of data that make it true, and not of data that make it false."""

import re
from math import nan
from pathlib import Path
from typing import Any

import pytest

from budama.analysis.published import Published
from budama.analysis.results import Result
from budama.report.document import Folded, Paragraph, Table
from budama.report.facts import Facts
from budama.report.languages import ENGLISH, LANGUAGES, TURKISH
from budama.report.observations.findings import findings
from budama.report.sections.statistics import statistics_of
from budama.report.sentences import Observation, method, say
from tests.unit.analysis.results import GLOBAL, made
from tests.unit.report.results import facts_of

HEAD = (
    "scenario,model,dataset,scope,ratio,finetune_epochs,calibration_batches,method,accuracy_pct,"
    "accuracy_drop_pp,size_mib,size_change_pct,inference_ms,macs_g,macs_change_pct\n"
)


def a(accuracy: float = 88.0, **figures: Any) -> Result:
    return made("taylor", accuracy, **figures)


def b(accuracy: float = 80.0, **figures: Any) -> Result:
    return made("wanda", accuracy, **figures)


def c(accuracy: float = 70.0, **figures: Any) -> Result:
    return made("coverage", accuracy, **figures)


def random(accuracy: float, **figures: Any) -> Result:
    return made("random", accuracy, **figures)


def trained(accuracy: float, **figures: Any) -> Result:
    return made("dense-finetuned", accuracy, **figures)


def timed(ratio: float, low: float = nan, high: float = nan, **figures: Any) -> dict[str, Any]:
    return {"ratio": ratio, "latency": ratio, "ratio_low": low, "ratio_high": high} | figures


def both(first: float, second: float, **other: str) -> list[Result]:
    """Return one method at the usual terms and at others."""
    return [a(first), a(second, **other)]


def globally(mean: float, raw: float) -> list[Result]:
    """Return one method in the global scope with two normalisers."""
    return [a(mean, **GLOBAL), a(raw, **GLOBAL | {"normaliser": "raw"})]


HALF, STRONG = {"budget": "macs-0.5"}, {"recipe": "strong"}
REFIT = {"repair": "refit"}

# Sentence: results of which it is true, results of which it is false
CASES: dict[str, tuple[list[Result], list[Result]]] = {
    "all_tied": ([a(88), b(88.1)], [a(88), b(80)]),
    "place_first": ([a(88), b(80)], [a(88), b(88.1)]),
    "place_tied": ([a(88), b(88.1)], [a(88), b(80)]),
    "place": ([a(88), b(80), c(70)], [a(88), b(80)]),
    "place_last": ([a(88), b(80)], [a(88), b(88.1)]),
    "place_alone": ([a(88)], [a(88), b(80)]),
    "no_result": ([a(88), b(nan)], [a(88), b(80)]),
    "no_random": ([a(88)], [a(88), random(80)]),
    "beats_random": ([a(88), random(80)], [a(88), random(88.1)]),
    "as_random": ([a(88), random(88.1)], [a(88), random(80)]),
    "below_random": ([a(80), random(88)], [a(88), random(80)]),
    "random_elsewhere": (
        [a(88, **GLOBAL), random(80, macs=3.0)],
        [a(88, **GLOBAL), random(80, macs=3.199)],
    ),
    "random_elsewhere_at_equal_cost": (
        [a(88, **GLOBAL), random(80, macs=3.199)],
        [a(88), random(80)],
    ),
    "size_same": ([a(size=80), b(size=80)], [a(size=80), b(size=70)]),
    "size_range": ([a(size=80), b(size=70)], [a(size=80), b(size=80)]),
    "macs_same": ([a(macs=3.2), b(macs=3.2)], [a(macs=3.2), b(macs=3.0)]),
    "macs_range": ([a(macs=3.2), b(macs=3.0)], [a(macs=3.2), b(macs=3.2)]),
    "unequal_cost": ([a(macs=3.2), b(macs=3.0)], [a(macs=3.2), b(macs=3.199)]),
    "best_keeps_most": ([a(macs=3.2), b(macs=3.0)], [a(macs=3.0), b(macs=3.2)]),
    "latency_missing": ([a(), b()], [a(**timed(1)), b()]),
    "latency_missing_for": ([a(**timed(1)), b()], [a(**timed(1)), b(**timed(1))]),
    "faster": ([a(**timed(0.7, 0.6, 0.8))], [a(**timed(0.7, 0.6, 1.1))]),
    "as_fast": ([a(**timed(0.7, 0.6, 1.1))], [a(**timed(0.7, 0.6, 0.8))]),
    "slower_with_fewer_macs": ([a(**timed(1.2, 1.1, 1.3))], [a(**timed(1.2, 0.9, 1.3))]),
    "slower": ([a(macs=4.0, **timed(1.2, 1.1, 1.3))], [a(macs=3.2, **timed(1.2, 1.1, 1.3))]),
    "latency_without_interval": ([a(**timed(0.7))], [a(**timed(0.7, 0.6, 0.8))]),
    "latency_noisy": ([a(**timed(0.7, noisy=True))], [a(**timed(0.7))]),
    "times_beyond_macs": ([a(**timed(1.0)), b(**timed(9.0))], [a(**timed(1.0)), b(**timed(1.9))]),
    "kept": ([a(88)], [a(91)]),
    "kept_more": ([a(91)], [a(88)]),
    "as_dense": ([a(89.9)], [a(85)]),
    "above_dense": ([a(95)], [a(90.1)]),
    "no_trained": ([a()], [a(), trained(90)]),
    "cut_costs": ([a(85), trained(90)], [a(85), trained(85.1)]),
    "cut_is_free": ([a(85), trained(85.1)], [a(85), trained(90)]),
    "cut_helps": ([a(90), trained(85)], [a(85), trained(90)]),
    "gain_partly_training": ([a(95), trained(93)], [a(93), trained(95)]),
    "gain_all_training": ([a(93), trained(95)], [a(90.1), trained(95)]),
    "dominated": ([a(88, macs=3.0), b(80, macs=3.2)], [a(88, macs=3.2), b(80, macs=3.0)]),
    "best_balance": ([a(88, macs=3.0), b(80, macs=3.2)], [a(88, macs=3.2), b(80, macs=3.0)]),
    "undominated": ([a(88, macs=3.2), b(80, macs=3.0)], [a(88, macs=3.0), b(80, macs=3.2)]),
    "training_real": ([a(), trained(93)], [a(), trained(90.1)]),
    "training_nothing": ([a(), trained(90.1)], [a(), trained(93)]),
    "scope_better": (both(88, 80, **GLOBAL), both(88, 88.1, **GLOBAL)),
    "scope_tie": (both(88, 88.1, **GLOBAL), both(88, 80, **GLOBAL)),
    "normaliser_better": (globally(88, 80), globally(88, 88.1)),
    "normaliser_tie": (globally(88, 88.1), globally(88, 80)),
    "repair_better": (both(88, 80, **REFIT), both(88, 88.1, **REFIT)),
    "repair_tie": (both(88, 88.1, **REFIT), both(88, 80, **REFIT)),
    "budget_better": (both(88, 80, **HALF), both(88, 88.1, **HALF)),
    "budget_tie": (both(88, 88.1, **HALF), both(88, 80, **HALF)),
    "recipe_better": (both(88, 80, **STRONG), both(88, 88.1, **STRONG)),
    "recipe_tie": (both(88, 88.1, **STRONG), both(88, 80, **STRONG)),
    "best_combination": ([a(88), b(80, **GLOBAL)], [a(88), b(88.1, **GLOBAL)]),
    "best_combination_tied": ([a(88), b(88.1, **GLOBAL)], [a(88), b(80, **GLOBAL)]),
    "cheapest_of_best": (
        [a(88.1), b(88, macs=3, **GLOBAL)],
        [a(88.1, macs=3), b(88, **GLOBAL)],
    ),
}
# As above, with what was published: rows of which it is true, rows of which it is false
OWN = "s,m,d,layer,0.1,10,,taylor,{},-2,80,-20,{},3.2,-20\n"
OTHER = "o,m,d,{},{},{},,{},{},-2,80,{},,,\n"
PUBLISHED: dict[str, tuple[str, str]] = {
    "published_agrees": (OWN.format(88.1, 1), OWN.format(80, 1)),
    "published_differs": (OWN.format(80, 1), OWN.format(88.1, 1)),
    "published_impossible": (
        OWN.format(88, 1) + OWN.format(88, 9),
        OWN.format(88, 1) + OWN.format(88, 1.5),
    ),
    "neighbour_settings": (
        OWN.format(88, 1) + OTHER.format("layer", 0.2, 5, "taylor", 80, ""),
        OWN.format(88, 1) + OTHER.format("layer", 0.1, 10, "taylor", 80, ""),
    ),
    "neighbour_unpublished": (
        OTHER.format("layer", 0.2, 5, "", "", ""),
        OTHER.format("layer", 0.2, 5, "taylor", 80, ""),
    ),
    "neighbour_unnamed": (
        OTHER.format("global", "", "", "unnamed", 80, ""),
        OTHER.format("global", "", "", "taylor", 80, ""),
    ),
    "neighbour_differs": (
        OTHER.format("global", "", "", "taylor", 80, ""),
        OTHER.format("global", "", "", "taylor", 88.1, ""),
    ),
    "neighbour_tie": (
        OTHER.format("global", "", "", "taylor", 88.1, ""),
        OTHER.format("global", "", "", "taylor", 80, ""),
    ),
    "neighbour_size": (
        OTHER.format("global", "", "", "taylor", 80, -10),
        OTHER.format("global", "", "", "taylor", 80, ""),
    ),
}


def said(facts: Facts) -> list[Observation]:
    return [o for blocks in findings(facts).values() for _, found in blocks for o in found]


def keys(*cells: Result, published: Published | None = None) -> set[str]:
    return {observation.key for observation in said(facts_of(*cells, published=published))}


@pytest.mark.parametrize("key", CASES)
def test_a_sentence_is_said_only_where_it_is_true(key: str) -> None:
    true, false = CASES[key]
    assert key in keys(*true)
    assert key not in keys(*false)


@pytest.mark.parametrize("key", PUBLISHED)
def test_what_is_said_of_published_figures_is_true(key: str, tmp_path: Path) -> None:
    shared = {"scenario": "s", "model": "torchvision/m", "dataset": "d"}
    for rows, expected in zip(PUBLISHED[key], (True, False), strict=True):
        (tmp_path / "published.csv").write_text(HEAD + rows)
        published = Published(tmp_path / "published.csv", shared, {"plain": {"epochs": 10}})
        assert (key in keys(a(88), published=published)) is expected


def test_every_sentence_is_tried() -> None:
    assert set(CASES) | set(PUBLISHED) == set(ENGLISH.sentences)


@pytest.mark.parametrize("key", CASES)
def test_every_sentence_can_be_written(key: str) -> None:
    for observation in said(facts_of(*CASES[key][0])):
        for language in LANGUAGES.values():
            _, sentence = say(language, observation)
            assert not re.search(r"\bnan\b", sentence)
            assert "{" not in sentence


def test_numbers_stand_where_they_belong() -> None:
    facts = facts_of(a(95), b(92), trained(93))
    found = {(o.key, o.about): o for o in said(facts)}
    assert say(ENGLISH, found["gain_partly_training", "taylor"]) == (
        "Taylor",
        "Of the gain of +5.00 points over the original, +3.00 come from the extra training alone.",
    )
    assert say(TURKISH, found["gain_all_training", "wanda"]) == (
        "Wanda",
        "Orijinale göre +2,00 puanlık kazanç budamadan gelmiyor: yalnızca ek eğitim +3,00 puan "
        "kazandırıyor.",
    )


def test_ties_are_called_ties() -> None:
    """Each of these was said although what it compares cannot be told apart."""
    lead = [a(88.1, macs=3.2), b(88, macs=3.0)]
    assert {"all_tied", "unequal_cost"} <= keys(*lead)
    assert "best_keeps_most" not in keys(*lead)
    assert "kept" in keys(a(90.004))
    gained = [a(95), trained(90.3)]
    assert {"above_dense", "training_nothing"} <= keys(*gained)
    assert "gain_partly_training" not in keys(*gained)


def test_where_time_is_the_budget_the_cost_is_time() -> None:
    timed_cut = {"budget": "latency-0.5"}
    found = keys(a(88, macs=3.2, **timed_cut), b(80, macs=2.0, **timed_cut))
    assert not {"unequal_cost", "best_keeps_most"} & found
    assert "macs_range" in found


def test_of_models_without_training_no_trained_control_is_missed() -> None:
    untrained = a(88, recipe="none")
    assert "no_trained" not in keys(untrained)
    (found,) = (o for o in said(facts_of(untrained, a(80))) if o.key == "recipe_better")
    for language, sentence in (
        (
            ENGLISH,
            "With the recipe “no training”, accuracy is 8.00 points higher (88.00%; with “plain”: "
            "80.00%).",
        ),
        (
            TURKISH,
            "Reçete “eğitimsiz” iken doğruluk 8,00 puan daha yüksek (%88,00; “plain” iken %80,00).",
        ),
    ):
        assert say(language, found)[1] == sentence


def test_all_combinations_of_the_fewest_flops_are_named() -> None:
    cheap = {"macs": 3.0}
    facts = facts_of(a(88.1), b(88, **cheap, **GLOBAL), c(88, macs=3.0001))
    (found,) = (o for o in said(facts) if o.key == "cheapest_of_best")
    for language, sentence in (
        (
            ENGLISH,
            "Of these, the fewest FLOPs (−25.0%) are left by Wanda (global) and Neuron "
            "coverage (layer-wise).",
        ),
        (
            TURKISH,
            "Bunların içinde en az FLOPs (−%25,0) kullananlar: Wanda (global) ve Nöron "
            "kapsama (katman bazlı).",
        ),
    ):
        assert say(language, found) == ("", sentence)
    # the best itself is as cheap
    assert "cheapest_of_best" not in keys(a(88.1, macs=3.0001), b(88, **cheap, **GLOBAL))


def test_times_that_flops_do_not_explain_are_not_called_wrong_where_they_were_proven() -> None:
    facts = facts_of(a(macs=3.4, **timed(1.0)), b(macs=3.3, **timed(5.4)))
    (found,) = (o for o in said(facts) if o.key == "times_beyond_macs")
    for language, reason in (
        (ENGLISH, "channel counts that do not fill whole blocks can explain a factor of a few"),
        (TURKISH, "tam bloklar doldurmayan kanal sayıları birkaç katlık farkı açıklayabilir"),
    ):
        assert f"{reason} (docs/latency.md)." in say(language, found)[1]


def test_places_count_the_methods_that_are_really_better() -> None:
    """Ties need not carry on: a and b, b and c cannot be told apart, a and c can."""
    facts = facts_of(a(88.0), b(87.4), c(86.8))
    places = {o.about: o.values for o in said(facts) if o.key.startswith("place")}
    assert {name: values["place"] for name, values in places.items()} == {
        "taylor": 1,
        "wanda": 1,
        "coverage": 2,
    }
    assert places["wanda"]["others"] == ["taylor", "coverage"]


def test_a_method_may_be_called_like_a_word_of_the_report() -> None:
    assert method(ENGLISH, "size") == "size"
    assert [method(ENGLISH, name) for name in ("wanda", "Wanda")] == ["Wanda", "Wanda (your own)"]
    assert method(ENGLISH, "مرحبا") == "\u2068مرحبا\u2069"


def test_of_an_original_that_got_nothing_right_no_share_is_kept() -> None:
    facts = facts_of(a(0, dense=0.0), b(5, dense=0.0), dense=0.0)
    assert not {"kept", "kept_more"} & {observation.key for observation in said(facts)}


def test_what_the_sentences_rest_on_stands_under_statistics(tmp_path: Path) -> None:
    shared = {"scenario": "s", "model": "torchvision/m", "dataset": "d"}
    rows = OWN.format(80, 1) + OTHER.format("global", "", "", "taylor", 88.1, "")
    (tmp_path / "published.csv").write_text(HEAD + rows)
    published = Published(tmp_path / "published.csv", shared, {"plain": {"epochs": 10}})
    families = facts_of(a(88), b(87.9), a(80, **GLOBAL), published=published).further
    taylor = "Taylor"
    for language, versus in ((ENGLISH, "against"), (TURKISH, "/")):
        words = language.words
        found = statistics_of([], [("", family) for family in families], language)
        folded = [block for block in found.blocks if isinstance(block, Folded)]
        assert Paragraph(words["about_further"]) in found.blocks
        layer, whole = words["layer"], words["global"]
        repair = words["repair_is"].format(words["repair_none"])
        terms = f"{layer}, {language.budget('channels-0.1')}, {repair}, plain"
        inside = [table for each in folded for table in each.blocks if isinstance(table, Table)]
        texts = [[[cell.text for cell in row.cells] for row in table.rows] for table in inside]
        tables = [[(row[0], row[1], row[-1]) for row in rows] for rows in texts]
        real, tie = words["real"], words["tie"]
        assert tables[0] == [
            (f"{taylor}, {layer} {versus} Wanda, {layer}", language.signed(0.1), tie),
            (f"{taylor}, {layer} {versus} {taylor}, {whole}", language.signed(8), real),
        ]
        own = f"{words['published_row']}, {layer}, {language.budget('channels-0.1')}"
        assert tables[1] == [(f"{taylor}, {terms} {versus} {own}", language.signed(8), real)]
        assert [row[2] for row in tables[2]] == [tie, real]
        assert folded[2].title == words["family_neighbour"].format("O")
        assert inside[0].heads[2] == words["p_holm"]


def test_figures_beside_those_of_another_scenario_say_their_budget_and_recipe(
    tmp_path: Path,
) -> None:
    shared = {"scenario": "s", "model": "torchvision/m", "dataset": "d"}
    (tmp_path / "published.csv").write_text(
        HEAD + OTHER.format("global", 0.1, 10, "taylor", 80, "")
    )
    published = Published(tmp_path / "published.csv", shared, {})
    cells = [a(88), a(40, budget="channels-0.5"), a(88, **STRONG)]
    found = [o for o in said(facts_of(*cells, published=published)) if "own_terms" in o.values]
    assert [say(ENGLISH, o)[1].split("%: a")[0] for o in found] == [
        f"Here (layer-wise, {own}) {accuracy}%, published for O (global, 10% of the channels) 80.00"
        for own, accuracy in (
            ("10% of the channels, plain", "88.00"),
            ("50% of the channels, plain", "40.00"),
            ("10% of the channels, strong", "88.00"),
        )
    ]
    alone = [o for o in said(facts_of(a(88), published=published)) if "own_terms" in o.values]
    assert "Here (layer-wise) 88.00%, published for O (global)" in say(ENGLISH, alone[0])[1]
