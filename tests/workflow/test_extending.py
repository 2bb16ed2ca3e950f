"""``docs/extending.md`` followed to the letter, in a copy of the workflow."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from tests.workflow.project import ROOT, Project

GUIDE = (ROOT / "docs/extending.md").read_text()
CHANGE = re.compile(
    r"^(?P<how>New file|[Ii]n) `(?P<file>[^`]+)`[^:\n]*:\n\n```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Change(NamedTuple):
    """What the guide says of one file: all of it, or the lines that go and come."""

    file: str
    new: bool
    text: str

    def make(self, project: Project) -> None:
        if self.new:
            path = project.folder / self.file
            assert not path.exists()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.text)
            return
        lines = self.text.splitlines(keepends=True)
        before, after = (
            "".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +")
        )
        content = (project.folder / self.file).read_text()
        assert content.count(before) == 1, f"{self.file}: the guide changes\n{before}"
        project.edit(self.file, before, after)


def section(title: str) -> str:
    """Return the guide's section of that title."""
    found = re.search(rf"^## {title}$(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def changes(title: str) -> list[Change]:
    """Return what a section of the guide says is to be changed."""
    return [
        Change(found["file"], found["how"] == "New file", found["text"])
        for found in CHANGE.finditer(section(title))
    ]


def follow(project: Project, title: str) -> set[str]:
    """Change ``project`` as a section says, and return the files."""
    for change in changes(title):
        change.make(project)
    return {change.file for change in changes(title)}


def without_words(files: set[str]) -> set[str]:
    return {file for file in files if "/languages/" not in file}


def rows() -> Iterator[tuple[str, int]]:
    """Yield each kind of extension and the number of files that the guide's table claims."""
    for title, number in re.findall(r"^\| \[([^]]+)\]\([^)]*\) \| .*?(\d+)", GUIDE, re.MULTILINE):
        yield title[0].upper() + title[1:], int(number)


def test_the_guide_promises_no_more_files_than_these() -> None:
    assert dict(rows()) == {
        "A criterion": 1,
        "A format of dataset": 2,
        "A stage": 4,
        "A figure in the tables": 2,
        "A section of the report": 4,
        "A language of the report": 2,
    }


def test_a_criterion_is_one_file(finished: Project) -> None:
    assert len(follow(finished, "A criterion")) == 1
    scores = "results/tasks/small/scores/apoz.safetensors"
    assert "calibrate apoz" in finished.planned("--config", "methods=[apoz]", "--", scores)
    done = finished.snakemake("--config", "methods=[apoz]", "--", scores)
    assert done.returncode == 0, done.stdout
    assert (finished.folder / scores).is_file()


def test_a_format_of_dataset_is_two_files(fresh: Project) -> None:
    assert len(follow(fresh, "A format of dataset")) == 2
    root = _archives(fresh.folder / "archives")
    old = "{format: fashion-mnist, root: images}"
    fresh.edit("config/config.yaml", old, f"{{format: npz, root: {root}}}")
    manifest = "results/tasks/small/data/manifest.json"
    done = fresh.snakemake(manifest)
    assert done.returncode == 0, done.stdout
    assert '"classes": [\n    "0",\n    "1"\n  ]' in (fresh.folder / manifest).read_text()
    np.savez(root / "test.npz", images=np.zeros((2, 8, 8), np.uint8), labels=np.arange(2))
    assert "audit the images of bars" in fresh.planned(manifest)


def test_a_stage_is_four_files(finished: Project) -> None:
    assert len(follow(finished, "A stage")) == 4
    counted = "results/tasks/small/dense/operators.json"
    assert finished.plan(counted) == ["count the operators of dense"]
    done = finished.snakemake(counted)
    assert done.returncode == 0, done.stdout
    assert json.loads((finished.folder / counted).read_text())["Conv"] > 10


def test_figures_sections_and_languages_reach_the_report(finished: Project) -> None:
    """All three at once: a report is made in ten seconds."""
    shutil.copy(ROOT / "results/README.md", finished.folder / "results")
    figure = follow(finished, "A figure in the tables")
    assert (len(without_words(figure)), len(figure)) == (2, 4)
    assert len(follow(finished, "A section of the report")) == 4
    german = _copied_language(finished)
    language = follow(finished, "A language of the report")
    assert len({file for file in language if not file.startswith(german)}) == 2

    done = finished.snakemake(
        "results/reports/tiny/report.html", "results/reports/tiny/report.de.md"
    )
    assert done.returncode == 0, done.stdout
    folder = finished.folder / "results/reports/tiny"
    summary = pd.read_csv(folder / "summary.csv")
    files = [finished.folder / "results/tasks/small" / m / "model.onnx" for m in MODELS]
    measured = summary.set_index("method")["onnx_mib"][["dense", "magnitude"]]
    assert measured.tolist() == pytest.approx([f.stat().st_size / 2**20 for f in files], abs=1e-5)
    assert "onnx_mib" in pd.read_csv(folder / "results.csv")
    for code, column, title in (
        ("en", "ONNX file (MiB)", "What is left of the work"),
        ("tr", "ONNX dosyası (MiB)", "İşten geriye kalan"),
        ("de", "ONNX file (MiB)", "What is left of the work"),
    ):
        text = (folder / f"report.{code}.md").read_text()
        assert f"| {column} |" in text
        assert re.search(rf"## {title}\n\n- \*\*[\w ]+:\*\* 0[.,]\d+ G\n- ", text)
        page = (folder / "report.html").read_text()
        assert f'<main class="{code}" lang="{code}">' in page
        assert f"<h2>{title}</h2>" in page


MODELS = ("dense", "cells/magnitude/layer/none/channels-0.25/refit/recover/seed0")


def _copied_language(project: Project) -> str:
    """Copy the words as the guide says, and let the imports name their new folder."""
    found = re.search(r"^Copy `([^`]+)` to `([^`]+)`", section("A language of the report"), re.M)
    assert found is not None
    source, target = found.groups()
    shutil.copytree(project.folder / source, project.folder / target)
    start = f"{target}/__init__.py"
    old, new = (folder.rpartition("/")[2] for folder in (source, target))
    project.edit(start, f"languages.{old}", f"languages.{new}")
    return str(target)


def _archives(folder: Path) -> Path:
    folder.mkdir()
    random = np.random.default_rng(0)
    for part, number in (("train", 60), ("test", 20)):
        images = random.integers(0, 255, (number, 8, 8, 3), dtype=np.uint8)
        np.savez(folder / f"{part}.npz", images=images, labels=np.arange(number) % 2)
    return folder
