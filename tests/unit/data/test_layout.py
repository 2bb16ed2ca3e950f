from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from budama.config.data import Dataset, Food101, ImageNet, TarShards
from budama.data.layout import source_file
from tests.unit.data.trees import write_food101, write_imagenet

FORMATS = (
    *("folder", "fashion-mnist", "imagenet", "food101", "torchvision"),
    *("table", "parquet", "tar"),
)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_its_file(name: str) -> None:
    more = {"torchvision": {"name": "cifar10"}, "table": {"file": "x.csv"}}.get(name, {})
    dataset = TypeAdapter(Dataset).validate_python({"format": name, "root": "/data", **more})
    assert source_file(dataset).is_file()


def test_lists_and_folders_of_images_are_watched_where_they_are(tmp_path: Path) -> None:
    food = Food101(format="food101", root=str(tmp_path))
    assert food.watched() == []
    write_food101(tmp_path)
    assert food.watched() == [
        tmp_path / name for name in ("images", "meta/train.txt", "meta/test.txt")
    ]
    write_imagenet(tmp_path)
    imagenet = ImageNet(format="imagenet", root=str(tmp_path))
    assert imagenet.watched() == [tmp_path / "train", tmp_path / "val"]


@pytest.mark.parametrize(("name", "suffix"), [("parquet", ".parquet"), ("tar", ".tar")])
def test_of_shards_the_files_are_watched_and_none_beside_them(
    name: str, suffix: str, tmp_path: Path
) -> None:
    dataset: Dataset = TypeAdapter(Dataset).validate_python({"format": name, "root": str(tmp_path)})
    assert dataset.watched() == []
    for shard in ("a/train-0", "a/train-1", "a/b/test-0", "c/other"):
        path = tmp_path / f"{shard}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-elsewhere")
    elsewhere.mkdir()
    (elsewhere / f"train-2{suffix}").touch()
    (tmp_path / "linked").symlink_to(elsewhere)
    (tmp_path / f"a/train-again{suffix}").symlink_to(f"train-0{suffix}")
    shards = ("a/b/test-0", "a/train-0", "a/train-1", "linked/train-2")
    assert dataset.watched() == [tmp_path / f"{shard}{suffix}" for shard in shards]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("train-{000..146}.tar", r"write \* for what differs"),
        ("/data/train-*.tar", "relative to the root"),
        ("../train-*.tar", "does not lead out of it"),
        ("**train*.tar", r"stands alone between slashes, for any folders: \*\*/train\*\.tar"),
        ("a/train**/x.tar", "stands alone between slashes"),
        ("train-*.tar.gz", r"whose names end in \.tar"),
        ("", r"whose names end in \.tar"),
    ],
)
def test_patterns_that_can_match_nothing_are_refused(pattern: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TarShards(format="tar", root="/data", train=pattern)
