import os
from pathlib import Path

import pytest

from budama.workflow.why.changes import changed_files, changed_inputs, named

WATCHED = "results/fingerprints"


def write(file: str, text: str, date: float) -> None:
    Path(file).parent.mkdir(parents=True, exist_ok=True)
    Path(file).write_text(text)
    os.utime(file, (date, date))


def test_a_fingerprint_is_named_after_its_file() -> None:
    assert named(f"{WATCHED}/scripts/audit.py.sha256") == "scripts/audit.py"
    assert named(f"{WATCHED}/elsewhere/data/train.txt.sha256") == "/data/train.txt"
    assert named(f"{WATCHED}/packages.txt").startswith("the list of packages")
    assert named("results/tasks/big/dense/model.json") == "results/tasks/big/dense/model.json"


def test_of_a_list_of_code_the_file_that_is_newer_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    listed = f"{WATCHED}/code/dense-0.list"
    write(listed, "a  scripts/old.py\nb  scripts/new.py\n", 3)
    write(f"{WATCHED}/scripts/old.py.sha256", "a", 1)
    write(f"{WATCHED}/scripts/new.py.sha256", "b", 3)
    write("made", "", 2)
    write("made-later", "", 4)
    assert changed_files(listed, ["made", "made-later"]) == ["scripts/new.py"]
    assert changed_files(listed, ["made-later"]) == ["what the stage's code imports"]
    assert changed_files("results/scores.json", ["made"]) == ["results/scores.json"]


def test_inputs_come_and_go() -> None:
    assert list(changed_inputs(before=["a", "b"], now=["b", "c"])) == [
        "c is needed now",
        "a is not needed any more",
    ]
