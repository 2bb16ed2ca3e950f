from pathlib import Path

from budama.data.sources.sketch import sketch
from tests.unit.data.trees import write_image


def test_folders_are_drawn_three_deep_and_not_all_of_them(tmp_path: Path) -> None:
    for name in "abcde":
        write_image(tmp_path / "train/images" / name / "1.png", 0)
    write_image(tmp_path / "train/images/a/2.png", 0)
    (tmp_path / "train/images/b/notes.txt").touch()
    (tmp_path / "train/images/c/1.png").unlink()
    (tmp_path / "train/.hidden").mkdir()
    (tmp_path / "README").touch()
    (tmp_path / "train/images/b/deep/er").mkdir(parents=True)
    assert sketch(tmp_path).splitlines() == [
        "The folders look like this:",
        f"  {tmp_path}/",
        "    train/",
        "      images/",
        "        a/ 2 images",
        "        b/ 1 folder, 1 image, 1 other file",
        "        c/ (empty)",
        "        ... and 2 more folders",
        "    1 other file",
    ]


def test_a_root_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    assert sketch(tmp_path / "gone").endswith("gone/\n    (cannot be read)")
