"""``docs/extending.md`` followed to the letter, in a copy of the workflow."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.workflow.conftest import ROOT, Project

GUIDE = (ROOT / "docs/extending.md").read_text()
CHANGE = re.compile(
    r"^(?P<how>New file|In) `(?P<file>[^`]+)`:\n\n```(?P<kind>\w+)\n(?P<text>.*?)^```$",
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


def follow(project: Project, title: str) -> list[str]:
    """Change ``project`` as a section says, and return the files."""
    for change in changes(title):
        change.make(project)
    return [change.file for change in changes(title)]


def rows() -> Iterator[tuple[str, int]]:
    """Yield each kind of extension and the number of files that the guide's table claims."""
    for title, number in re.findall(r"^\| \[([^]]+)\]\([^)]*\) \| .*?(\d+)", GUIDE, re.MULTILINE):
        yield title[0].upper() + title[1:], int(number)


def test_a_criterion_is_one_file(finished: Project) -> None:
    assert len(follow(finished, "A criterion")) == dict(rows())["A criterion"] == 1
    scores = "results/tasks/small/scores/apoz.safetensors"
    assert "calibrate apoz" in finished.planned("--config", "methods=[apoz]", "--", scores)
    done = finished.snakemake("--config", "methods=[apoz]", "--", scores)
    assert done.returncode == 0, done.stdout
    assert (finished.folder / scores).is_file()


def test_a_format_of_dataset_is_two_files(fresh: Project) -> None:
    assert len(follow(fresh, "A format of dataset")) == dict(rows())["A format of dataset"] == 2
    root = _archives(fresh.folder / "archives")
    old = "{format: fashion-mnist, root: images}"
    fresh.edit("config/config.yaml", old, f"{{format: npz, root: {root}}}")
    manifest = "results/tasks/small/data/manifest.json"
    done = fresh.snakemake(manifest)
    assert done.returncode == 0, done.stdout
    assert '"classes": [\n    "0",\n    "1"\n  ]' in (fresh.folder / manifest).read_text()
    np.savez(root / "test.npz", images=np.zeros((2, 8, 8), np.uint8), labels=np.arange(2))
    assert "audit the images of bars" in fresh.planned(manifest)


def _archives(folder: Path) -> Path:
    folder.mkdir()
    random = np.random.default_rng(0)
    for part, number in (("train", 60), ("test", 20)):
        images = random.integers(0, 255, (number, 8, 8, 3), dtype=np.uint8)
        np.savez(folder / f"{part}.npz", images=images, labels=np.arange(number) % 2)
    return folder
