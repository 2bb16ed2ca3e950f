import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import altair as alt
import pytest
import vl_convert

from budama.report.languages import ENGLISH, LANGUAGES
from budama.report.pictures.drawing import pictures_of
from budama.report.pictures.material import Material, read_material
from budama.report.sections.pictures import pictures_in
from budama.report.vega import VEGA_LITE, inline
from budama.stages.pictures import pictures
from tests.unit.report.html import Page
from tests.unit.report.pictures.conftest import material, models, write
from tests.unit.report.pictures.specs import layers_with, rows_of
from tests.unit.report.scenario import analysed, report

HOSTILE = '</script><b id="x">"çok" & $& {{1}} مرحبا'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of a method and a class with hostile names; latencies, sizes, layers are missing."""
    folder: Path = tmp_path_factory.mktemp("report")
    figures = material(models((HOSTILE,), ("layer",)), ["cat", HOSTILE])
    figures = Material(
        figures.summary.drop(columns="latency_ratio").assign(size_mib=None),
        figures.curves,
        figures.layers.iloc[:0],
        figures.classes,
    )
    described = write(folder, figures)
    summary, results, _ = analysed(folder, described)
    pictures(summary=summary, results=results, models=described, output=folder / "pictures")
    return folder


def test_charts_follow_the_schema_and_all_layers_draw_a_method_alike() -> None:
    """Vega-Lite mixes up the colours of layers whose scales name different methods."""
    budgets = ("channels-0.1", "channels-0.3")
    rows = models(("wanda",), ("layer",), budgets, (0, 1))
    rows += models(("mine",), ("layer",), budgets[:1])[2:]  # in some panels only
    found = pictures_of(material(rows), ENGLISH)
    assert len(found) == 7
    for picture in found:
        specs = [panel.to_dict() for panel in picture.panels]  # raises if it does not
        for channel in ("stroke", "shape", "fill"):
            scales = [
                layer["encoding"][channel]["scale"]
                for spec in specs
                for layer in spec["layer"]
                if channel in layer["encoding"]
            ]
            assert all(scale == scales[0] for scale in scales)


def test_recipes_and_classes_may_be_called_by_numbers(tmp_path: Path) -> None:
    rows = [row | {"recipe": recipe} for recipe in ("5", "10") for row in models()[1:]]
    figures = material([*models()[:1], *rows], ["00000", "00012"])
    described = write(tmp_path, figures)
    summary, results, _ = analysed(tmp_path, described)
    found = pictures_of(read_material(summary, results, described), ENGLISH)
    assert all(picture.panels for picture in found)
    (points,) = layers_with(found[-1].panels[0], "tooltip")
    assert {row["class_name"] for row in rows_of(points)} == {"00000", "00012"}


def test_the_page_gets_the_vega_lite_that_the_charts_are_made_for() -> None:
    assert alt.SCHEMA_VERSION.startswith(f"v{VEGA_LITE}.")
    assert VEGA_LITE in vl_convert.get_vegalite_versions()


def test_each_picture_is_an_svg_and_a_png_in_each_language(folder: Path) -> None:
    files = sorted(path.name for path in (folder / "pictures").iterdir())
    names = ["accuracy-macs", "classes", "curves", "recovery"]
    ends = [f"{code}.{end}" for code in LANGUAGES for end in ("png", "svg")]
    expected = [f"{name}.{end}" for name in names for end in ends]
    assert files == sorted([*expected, "pictures.json"])
    for file in expected:
        content = (folder / "pictures" / file).read_bytes()
        assert content.startswith(b"\x89PNG" if file.endswith("png") else b"<svg")


def test_hostile_names_are_text_in_a_drawing(folder: Path) -> None:
    root = ElementTree.fromstring((folder / "pictures/curves.en.svg").read_text())
    texts = [element.text or "" for element in root.iter() if element.tag.endswith("}text")]
    assert any(text.startswith('</script><b id="x">"çok"') for text in texts)
    assert not any(element.tag.endswith(("}script", "}b")) for element in root.iter())
    turkish = (folder / "pictures/recovery.tr.svg").read_text()
    assert ">Doğrulama doğruluğu (%)<" in turkish


def test_the_report_shows_them_with_one_library_and_no_network(
    folder: Path, tmp_path: Path
) -> None:
    found = report(tmp_path, pictures=folder / "pictures")
    page = Page(found["html"])
    drawn = 4 * len(LANGUAGES)
    assert page.tags.count("figure") == page.tags.count("svg") == drawn
    # what opens the language asked for, charts, then the library and what starts it
    assert len(page.scripts) == 1 + drawn + 2
    charts: list[dict[str, Any]] = json.loads(page.scripts[1])
    assert HOSTILE in json.dumps(charts, ensure_ascii=False).replace('\\"', '"')
    assert "b" not in page.tags
    assert len(set(page.ids)) == len(page.ids)
    assert found["html"].count("window.vegaEmbed") == 1
    left_out = "Accuracy against inference time, Accuracy against size, Channels kept in each layer"
    assert f"Left out, because their figures are missing: {left_out}." in page.text
    markdown = found["en"]
    linked = re.findall(r"!\[[^]]*\]\(([^)]*)\)", markdown)
    assert len(linked) == 4
    assert all((folder / file).is_file() and file.endswith(".en.svg") for file in linked)
    assert "çizilmeyenler: Doğruluk ve çıkarım süresi, Doğruluk ve boyut, Her" in found["tr"]


def test_names_inside_a_drawing_become_its_own() -> None:
    text = (
        '<svg xmlns="http://www.w3.org/2000/svg"><rect fill="white"/>'
        '<linearGradient id="g"/><path fill="url(#g)"/><text>id="g" url(#g)</text></svg>'
    )
    found = inline(text, "channels-en", 'A "title"')
    assert 'id="channels-en-g"' in found
    assert 'fill="url(#channels-en-g)"' in found
    assert '>id="g" url(#g)<' in found
    assert "<rect" not in found
    assert 'role="img" aria-label="A &quot;title&quot;"' in found


def test_a_folder_of_no_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"pictures\.json is missing"):
        pictures_in(tmp_path, ENGLISH)
