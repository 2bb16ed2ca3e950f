from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from budama.report.languages import ENGLISH, TURKISH
from budama.report.render import render

HOSTILE = '<script>alert("1")</script> | *çok* `uzun` şey مرحبا'


def summary(path: Path, model: str = "timm/resnet50") -> Path:
    """Write the dense and the magnitude row of the user's published TS3 report."""
    shared = {
        "scenario": "ts3",
        "task": "resnet50-imagenet",
        "model": model,
        "dataset": "imagenet",
        "seed": 0,
        "recipe": "published",
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


@pytest.fixture
def outputs(tmp_path: Path) -> dict[str, Path]:
    return {key: tmp_path / f"report.{key}" for key in ("tr", "en", "html")}


def test_markdown_has_the_published_columns_in_both_languages(
    tmp_path: Path, outputs: dict[str, Path]
) -> None:
    render(summary(tmp_path / "summary.csv"), "TS3", outputs)
    english = outputs["en"].read_text()
    assert "# TS3 – Summary Report" in english
    assert "| Magnitude | layer-wise | 75.55 | 75.2 – 75.9 | −3.04 |" in english
    assert "| 97.70 | – |" in english
    assert "- **Test images:** 49,997" in english
    turkish = outputs["tr"].read_text()
    assert "| Büyüklük (magnitude) | katman bazlı | 75,55 | 75,2 – 75,9 | −3,04 |" in turkish
    assert "−%19,1" in turkish
    assert "- **Test görüntüsü:** 49.997" in turkish


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


def test_the_page_holds_both_languages_and_loads_nothing(
    tmp_path: Path, outputs: dict[str, Path]
) -> None:
    render(summary(tmp_path / "summary.csv"), "TS3", outputs)
    page = Page(outputs["html"].read_text())
    assert page.tags.count("main") == 2
    for text in ("75.55", "75,55", "−18.4%", "Özet Rapor", "Summary Report"):
        assert text in page.text


def test_hostile_names_come_out_as_text(tmp_path: Path, outputs: dict[str, Path]) -> None:
    render(summary(tmp_path / "summary.csv", HOSTILE), HOSTILE, outputs)
    page = Page(outputs["html"].read_text())
    assert "script" not in page.tags
    assert HOSTILE in page.text
    markdown = outputs["en"].read_text()
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
