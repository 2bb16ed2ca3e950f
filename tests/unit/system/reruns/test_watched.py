from pathlib import Path

import pytest

from budama.system.reruns.watched import Watched


def test_a_fingerprint_is_written_only_when_it_changes_and_never_while_frozen(
    tmp_path: Path,
) -> None:
    file = tmp_path / "code.py"
    file.write_text("x = 1\n")
    (path,) = Watched(tmp_path / "kept", tmp_path).of([file])
    assert path == str(tmp_path / "kept/code.py.sha256")
    first = Path(path).read_text()
    date = Path(path).stat().st_mtime_ns
    file.write_text("x = 1  # one\n")
    Watched(tmp_path / "kept", tmp_path).of([file])
    assert Path(path).stat().st_mtime_ns == date
    file.write_text("x = 2\n")
    Watched(tmp_path / "kept", tmp_path, frozen=True).of([file])
    assert Path(path).read_text() == first
    Watched(tmp_path / "kept", tmp_path).of([file])
    assert Path(path).read_text() != first


@pytest.mark.parametrize("name", ["../other/x.gz", "inside/x.gz", "/abs/x.gz"])
def test_no_fingerprint_stands_outside_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    file = tmp_path / name.lstrip("/") if name.startswith("/") else Path(name)
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    file.parent.mkdir(parents=True)
    file.touch()
    (path,) = Watched(Path("kept"), tmp_path / "project").of([file])
    assert ".." not in Path(path).parts
    assert Path(path).is_relative_to("kept")


def test_code_has_one_list_for_all_its_files_wherever_the_project_stands(tmp_path: Path) -> None:
    lists = []
    for place in ("here", "moved"):
        folder = tmp_path / place
        folder.mkdir()
        for name in ("stage.py", "part.py"):
            (folder / name).write_text(f"x = {len(name)}\n")
        starts, behind = [folder / "stage.py"], [folder / "part.py", folder / "stage.py"]
        (path,) = Watched(folder / "kept", folder).of_code(starts, behind)
        lists.append((Path(path).relative_to(folder), Path(path).read_text()))
    assert lists[0] == lists[1]
    assert [line.split("  ")[1] for line in lists[0][1].splitlines()] == ["part.py", "stage.py"]
    (tmp_path / "moved/part.py").write_text("x = 0\n")
    assert Watched(folder / "kept", folder).of_code(starts, behind) == [path]
    assert Path(path).read_text() != lists[1][1]
