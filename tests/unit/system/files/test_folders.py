from pathlib import Path

import pytest

from budama.system.files.folders import folders_under, matches, matching


def write(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("**/*.tar", "1.tar a/2.tar a/b/3.tar"),
        ("*.tar", "1.tar"),
        ("*/*.tar", "a/2.tar"),
        ("a/**/[23].tar", "a/2.tar a/b/3.tar"),
        (".hidden/*.tar", ".hidden/4.tar"),
        ("gone/*.tar", ""),
    ],
)
def test_hidden_files_are_found_by_their_names_alone(
    pattern: str, expected: str, tmp_path: Path
) -> None:
    write(tmp_path, "1.tar", "a/2.tar", "a/b/3.tar", ".hidden/4.tar", "a/.5.tar", "a/6.tar.gz")
    found = sorted(set(matching(tmp_path, pattern.split("/"))))
    assert found == [tmp_path / name for name in sorted(expected.split())]
    for path in found:
        assert matches(path.relative_to(tmp_path).parts, pattern.split("/"))
    assert not matches(("a", "2.tar.gz"), pattern.split("/"))


def test_linked_folders_are_gone_into_once(tmp_path: Path) -> None:
    """Each holds a link to every other: paths without end lead through them."""
    root, other = write(tmp_path / "root", "b/1.tar"), write(tmp_path / "other", "2.tar")
    (root / "a").symlink_to("b")
    (root / "c").symlink_to(other)
    for number in range(9):
        (other / f"back{number}").symlink_to(root)
        (root / f"again{number}").symlink_to(other)
    assert list(folders_under(root)) == [root, root / "b", root / "again0"]
    assert list(matching(root, ["**", "*.tar"])) == [root / "b/1.tar", root / "again0/2.tar"]
