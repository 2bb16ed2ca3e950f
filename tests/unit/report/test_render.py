import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.config.recipe import Recipe
from budama.report.languages import ENGLISH, TURKISH
from budama.report.render import render

HOSTILE = '<script>alert("1")</script> | *çok* `uzun` şey مرحبا'


SETTINGS: dict[str, Any] = {
    "title": "TS3",
    "task": {
        "name": "resnet50-imagenet",
        "model": "torchvision/resnet50",
        "weights": "pretrained",
        "dataset": "imagenet",
        "image_size": 224,
        "calibration": {"batches": 100, "batch_size": 256},
    },
    "scopes": ["layer"],
    "budgets": ["channels-0.1"],
    "methods": ["magnitude"],
    "controls": ["random"],
    "seeds": [0],
    "original": "start",
    "recovery": ["published"],
    "recipes": {
        "start": Recipe(epochs=3, learning_rate=0.002).model_dump(mode="json"),
        "published": Recipe(epochs=10, learning_rate=0.0001).model_dump(mode="json"),
    },
    "assumed": {},
}
MANIFEST = {
    "classes": [f"n{i:08}" for i in range(1000)],
    "images": {"train": 1153051, "validation": 128116, "test": 50000, "calibration": 25600},
}


def report(folder: Path, pictures: Path | None = None, **settings: Any) -> dict[str, str]:
    """Return the report of ``summary`` by its files' endings."""
    outputs = {key: folder / f"report.{key}" for key in ("tr", "en", "html")}
    if not (folder / "summary.csv").exists():
        summary(folder / "summary.csv")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    render(folder / "summary.csv", folder / "manifest.json", SETTINGS | settings, outputs, pictures)
    return {key: path.read_text() for key, path in outputs.items()}


def summary(path: Path) -> Path:
    """Write the dense and the magnitude row of the user's published TS3 report."""
    shared = {
        "scenario": "ts3",
        "task": "resnet50-imagenet",
        "model": "torchvision/resnet50",
        "dataset": "imagenet",
        "seed": 0,
        "recipe": "published",
        "top5_pct": 93.5,
        "test_images": 49997,
        "validation_after_cut_pct": 5.0,
        "provider": "CUDA",
        "latency_ratio": 1.0,
        "latency_ms": 1.5,
    }
    rows = [
        {"method": "dense", "scope": "-", "budget": "-", "accuracy_pct": 78.59}
        | {"accuracy_low_pct": 78.2, "accuracy_high_pct": 78.9, "accuracy_drop_pp": 0}
        | {"size_mib": 97.70, "size_change_pct": 0, "macs_g": 4.13, "macs_change_pct": 0},
        {"method": "magnitude", "scope": "layer", "budget": "channels-0.1", "accuracy_pct": 75.55}
        | {"accuracy_low_pct": 75.2, "accuracy_high_pct": 75.9, "accuracy_drop_pp": -3.04}
        | {"size_mib": 79.67, "size_change_pct": -18.45, "macs_g": 3.34, "macs_change_pct": -19.1},
    ]
    pd.DataFrame([shared | row for row in rows]).to_csv(path, index=False)
    return path


def test_markdown_has_the_published_columns_in_both_languages(tmp_path: Path) -> None:
    found = report(tmp_path)
    english = found["en"]
    assert "# TS3 – Summary Report" in english
    assert "| Magnitude | layer-wise | 75.55 | 75.2 – 75.9 | 93.50 | −3.04 |" in english
    assert "| 97.70 | – |" in english
    assert "- **Test images:** 49,997" in english
    turkish = found["tr"]
    assert (
        "| Büyüklük (magnitude) | katman bazlı | 75,55 | 75,2 – 75,9 | 93,50 | −3,04 |" in turkish
    )
    assert "−%19,1" in turkish
    assert "- **Test görüntüsü:** 49.997" in turkish


def test_the_configuration_comes_first_as_in_the_published_reports(tmp_path: Path) -> None:
    found = report(tmp_path)
    for text, lines in (
        (
            found["en"],
            (
                "- **Model:** torchvision/resnet50",
                "- **Image size:** 224 × 224",
                "- **Calibration images:** 25,600",
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
    assert page.text.count("katman bazlı (varsayım [1])") == 1
    assert page.text.count("layer-wise (assumed [1])") == 1
    assert page.text.count("It's not *stated*.") == 2


def test_one_recipe_for_both_trainings_is_one_column(tmp_path: Path) -> None:
    assumed = {"recipe.epochs": "a", "task.recipe": "b"}
    english = report(tmp_path, original="published", assumed=assumed)["en"]
    assert "| Setting | published (original \\[2\\], recovery) |" in english
    assert "| epochs | 10 \\[1\\] |" in english


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


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            assert name not in ("src", "href"), f"the page would load {value}"

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_holds_both_languages_and_loads_nothing(tmp_path: Path) -> None:
    page = Page(report(tmp_path)["html"])
    assert page.tags.count("main") == 2
    for text in ("75.55", "75,55", "−18.4%", "Özet Rapor", "Summary Report"):
        assert text in page.text


def test_hostile_names_come_out_as_text(tmp_path: Path) -> None:
    task = SETTINGS["task"] | {"model": HOSTILE, "weights": f"file:{HOSTILE}"}
    found = report(tmp_path, title=HOSTILE, task=task, assumed={"scopes": HOSTILE})
    page = Page(found["html"])
    assert "script" not in page.tags
    assert page.text.count(HOSTILE) == 1 + 2 * 4  # the page's title, then in each language
    markdown = found["en"]
    assert "<script" not in markdown
    assert "\\*çok\\* \\`uzun\\`" in markdown


@pytest.mark.parametrize(
    ("budget", "english", "turkish"),
    [
        ("channels-0.1", "10% of the channels", "kanal oranı %10"),
        ("channels-0.125", "12.5% of the channels", "kanal oranı %12,5"),
        (
            "macs-0.5-round8",
            "down to 50% of the FLOPs, in multiples of 8",
            "FLOPs hedefi %50, kanal sayıları 8 ve katları",
        ),
    ],
)
def test_budgets_are_written_in_words(budget: str, english: str, turkish: str) -> None:
    assert ENGLISH.budget(budget) == english
    assert TURKISH.budget(budget) == turkish


@pytest.mark.parametrize(
    ("value", "english", "turkish"),
    [(-18.44, "−18.4%", "−%18,4"), (2.0, "+2.0%", "+%2,0"), (-0.01, "0.0%", "%0,0")],
)
def test_changes_are_written_in_each_languages_form(
    value: float, english: str, turkish: str
) -> None:
    assert ENGLISH.change(value) == english
    assert TURKISH.change(value) == turkish
