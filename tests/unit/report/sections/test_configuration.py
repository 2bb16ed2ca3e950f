from pathlib import Path

import pandas as pd

from budama.report.languages import LANGUAGES
from tests.unit.report.html import Page
from tests.unit.report.scenario import SETTINGS, report, summary


def test_the_configuration_comes_first_as_in_the_published_reports(tmp_path: Path) -> None:
    found = report(tmp_path)
    for text, lines in (
        (
            found["en"],
            (
                "- **Model:** torchvision/resnet50",
                "- **Image size:** 224 × 224",
                "- **Calibration images:** 25,600",
                "- **Selection images:** 1,000",
                "- **Scope:** layer-wise",
                "- **Budget:** 10% of the channels",
                "- **Fine-tuning epochs:** 10",
                "- **Calibration batches:** 100 of 256 images",
                "- **Controls:** random channels",
                "| Setting | start (original) | published (recovery) |",
                "| learning\\_rate | 0.002 | 0.0001 |",
            ),
        ),
        (
            found["tr"],
            (
                "- **Ağırlıklar:** ön eğitimli",
                "- **Kalibrasyon görüntüsü:** 25.600",
                "- **Seçim görüntüsü:** 1.000",
                "- **Kapsam:** katman bazlı",
                "- **Budama miktarı:** kanal oranı %10",
                "- **Kalibrasyon batch:** 100, her biri 256 görüntü",
                "| Ayar | start (orijinal) | published (toparlanma) |",
                "| learning\\_rate | 0,002 | 0,0001 |",
            ),
        ),
    ):
        first = text[: text.index("| 78")]
        for line in lines:
            assert f"{line}\n" in first
    assert "Assumptions" not in found["en"]


def test_assumed_settings_are_marked_in_each_language(tmp_path: Path) -> None:
    assumed = {
        "scopes": "It's not *stated*.",
        "recipe.learning_rate": "Usual.",
        "task.recipe": "As after the cut.",
        "task.calibration.batch_size": "As in TS3.",
        "recipe.augment": "Usual, too.",
    }
    found = report(tmp_path, assumed=assumed)
    for line in (
        "- **Scope:** layer-wise (assumed \\[1\\])\n",
        "- **Budget:** 10% of the channels\n",
        "- **Fine-tuning epochs:** 10\n",
        "- **Calibration batches:** 100 of 256 images (assumed \\[4\\])\n",
        "| Setting | start (original \\[3\\]) | published (recovery) |\n",
        "| learning\\_rate | 0.002 | 0.0001 \\[2\\] |\n",
        "| augment.flip | 0.5 | 0.5 \\[5\\] |\n",
        "1. `scopes`: It's not \\*stated\\*.\n",
        "3. `task.recipe`: As after the cut.\n",
    ):
        assert line in found["en"]
    for line in (
        "- **Kapsam:** katman bazlı (varsayım \\[1\\])\n",
        "| learning\\_rate | 0,002 | 0,0001 \\[2\\] |\n",
        "### Varsayımlar\n",
        "4. `task.calibration.batch_size`: As in TS3.\n",
    ):
        assert line in found["tr"]
    page = Page(found["html"])
    assert "katman bazlı (varsayım [1])" in page.text
    assert "layer-wise (assumed [1])" in page.text
    assert page.text.count("It's not *stated*.") == len(LANGUAGES)


def test_one_recipe_for_both_trainings_is_one_column(tmp_path: Path) -> None:
    assumed = {"recipe.epochs": "a", "task.recipe": "b"}
    english = report(tmp_path, original="published", assumed=assumed)["en"]
    assert "| Setting | published (original \\[2\\], recovery) |" in english
    assert "| epochs | 10 \\[1\\] |" in english


def test_no_training_is_told_in_words(tmp_path: Path) -> None:
    recipes = SETTINGS["recipes"] | {"none": {"epochs": 0}}
    found = report(tmp_path, recovery=["none", "published"], recipes=recipes)
    for line in (
        "- **Fine-tuning epochs:** no training: 0, published: 10\n",
        "| Setting | start (original) | no training (recovery) | published (recovery) |\n",
        "| learning\\_rate | 0.002 | – | 0.0001 |\n",
        "keep\\_epoch says whose weights are the result",
    ):
        assert line in found["en"]
    assert "- **Fine-tuning epoch:** eğitimsiz: 0, published: 10\n" in found["tr"]
    assert "keep\\_epoch, sonucun hangi epoch'un" in found["tr"]


def test_recipes_seeds_and_budgets_are_told_apart(tmp_path: Path) -> None:
    table = pd.read_csv(summary(tmp_path / "summary.csv"))
    other = table.iloc[[1]].assign(recipe="strong", budget="macs-0.5", seed=1, top5_pct=None)
    table = pd.concat([table.assign(top5_pct=None), other])
    table.to_csv(tmp_path / "summary.csv", index=False)
    recipes = SETTINGS["recipes"] | {"strong": SETTINGS["recipes"]["published"] | {"epochs": 20}}
    english = report(tmp_path, recovery=["published", "strong"], recipes=recipes)["en"]
    assert "- **Fine-tuning epochs:** published: 10, strong: 20\n" in english
    for line in (
        "| Method | Scope | Budget | Recipe | Seed | Accuracy (%) | 95% interval | Accuracy loss",
        "| Original (fine-tuned) | – | – | – | 0 | 78.59 |",
        "| Magnitude | layer-wise | 10% of the channels | published | 0 | 75.55 |",
        "| Magnitude | layer-wise | down to 50% of the FLOPs | strong | 1 | 75.55 |",
    ):
        assert line in english


def test_parts_stand_each_in_one_line_of_what_it_cuts(tmp_path: Path) -> None:
    cut = {name: SETTINGS[name] for name in ("methods", "controls", "recovery")}
    cut |= {"scopes": ["layer"], "normalisers": ["auto"], "budgets": ["channels-0.1"]}
    fast = {"title": "*Hızlı*", "scopes": ["global"], "budgets": ["latency-0.5"]}
    parts = [
        cut | {"title": "as published", "repairs": ["none"]},
        cut | fast | {"repairs": ["refit"], "controls": []},
    ]
    found = report(tmp_path, parts=parts, assumed={"budgets": "Not stated."})
    assert (
        "### Parts\n\n"
        "- **as published:** scope: layer-wise; budget: 10% of the channels (assumed \\[1\\]); "
        "repair: none; controls: random channels\n"
        "- **\\*Hızlı\\*:** scope: global; normaliser: auto; budget: down to 50% of the time "
        "(assumed \\[1\\]); repair: refit; controls: –\n"
    ) in found["en"]
    assert "- **Budget:**" not in found["en"]
    assert "### Kısımlar\n\n- **as published:** kapsam: katman bazlı; " in found["tr"]
    assert "- **Budget:** 10%" in report(tmp_path, parts=parts[:1])["en"]


def test_an_original_that_was_not_trained_is_called_so(tmp_path: Path) -> None:
    recipes = {"none": {"epochs": 0}, "published": SETTINGS["recipes"]["published"]}
    texts = report(tmp_path, original="none", recipes=recipes)
    assert "fine-tuned)" not in texts["en"] + texts["tr"]
    assert "| Original (as it came) |" in texts["en"] and "Orijinal (geldiği gibi)" in texts["tr"]
    assert "| Setting | no training (original) | published (recovery) |" in texts["en"]
