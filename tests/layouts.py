"""The same photographs in every layout that is read."""

import io
import json
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image
from scipy.io import savemat

from budama.config.data import Dataset, ImageFolder, ParquetFiles, Table, TarShards

PARTS = ("train", "test")
Member = tuple[str, bytes]


def write_photographs(
    root: Path, classes: Sequence[str], train: int, test: int, size: tuple[int, int] = (40, 30)
) -> ImageFolder:
    """Write JPEGs into folders: structure at every scale, and a tint that tells the class."""
    random = np.random.default_rng(0)
    for part, count in (("train", train), ("test", test)):
        for label, name in enumerate(classes):
            folder = root / part / name
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                pixels = random.integers(0, 180, (24, 32, 3), dtype=np.uint8)
                pixels[..., label % 3] //= 1 + label // 3
                pixels[..., (label + 1) % 3] += 60
                photograph = Image.fromarray(pixels).resize(size)
                photograph.save(folder / f"{number:05}.jpg", quality=90)
    return ImageFolder(format="folder", root=str(root))


def in_every_layout(folder: ImageFolder, root: Path) -> dict[str, Dataset]:
    """Write the images of ``folder`` under ``root`` as a table, as Parquet files and as shards."""
    return {
        "folder": folder,
        "table": as_table(folder, root / "table"),
        "parquet": as_parquet(folder, root / "parquet"),
        "tar": as_tar(folder, root / "tar"),
    }


def as_table(folder: ImageFolder, root: Path) -> Table:
    """Write a table of the images where they are."""
    root.mkdir(parents=True)
    rows = [(str(path), name, part) for part in PARTS for path, name in _images(folder, part)]
    pd.DataFrame(rows, columns=["path", "label", "split"]).to_csv(root / "all.csv", index=False)
    return Table(format="table", root=str(root), file="all.csv", split="split")


def as_parquet(folder: ImageFolder, root: Path, mixed: bool = False) -> ParquetFiles:
    """Write a file per part, as ``datasets`` does: {bytes, path}, and names for the labels.

    Rows are sorted by class, unless they are to be ``mixed``.
    """
    (root / "data").mkdir(parents=True)
    for part in PARTS:
        rows = [(path.read_bytes(), path.name, name) for path, name in _images(folder, part)]
        names = sorted({name for *_, name in rows})
        if mixed:
            Random(0).shuffle(rows)
        write_parquet(
            root / f"data/{part}-00000-of-00001.parquet",
            [{"bytes": content, "path": path} for content, path, _ in rows],
            [names.index(name) for *_, name in rows],
            names,
        )
    return ParquetFiles(format="parquet", root=str(root))


def write_parquet(
    path: Path,
    images: Sequence[object],
    labels: Sequence[object],
    names: list[str] | None = None,
    group: int = 100,
) -> None:
    """Write a file with the columns ``image`` and ``label``; ``names`` are the labels'."""
    table = pa.table({"image": images, "label": labels})
    if names is not None:
        label = {"names": names, "_type": "ClassLabel"}
        features = {"image": {"_type": "Image"}, "label": label}
        known = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": known})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=group)


def as_tar(folder: ImageFolder, root: Path) -> TarShards:
    """Write a shard per part, an image and its label in words beside it."""
    root.mkdir(parents=True)
    for part in PARTS:
        members = [
            member
            for path, name in _images(folder, part)
            for member in (
                (f"{name}/{path.name}", path.read_bytes()),
                (f"{name}/{path.stem}.cls", name.encode()),
            )
        ]
        write_tar(root / f"{part}-000.tar", members)
    return TarShards(format="tar", root=str(root))


def tar_of(members: Iterable[Member]) -> bytes:
    """Return an archive of files."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in members:
            found = tarfile.TarInfo(name)
            found.size = len(content)
            archive.addfile(found, io.BytesIO(content))
    return file.getvalue()


def write_tar(path: Path, members: Iterable[Member]) -> Path:
    """Write an archive of files."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tar_of(members))
    return path


def write_imagenet_archives(folder: Path, root: Path) -> Path:
    """Pack ImageNet's folders ``train`` and ``val`` as the official archives, with the devkit.

    The devkit numbers the classes in another order than that of their names, as the real one does,
    and knows synsets without images.
    """
    synsets = sorted((path.name for path in (folder / "train").iterdir()), reverse=True)
    inner = []
    for synset in sorted(synsets):
        images = sorted((folder / "train" / synset).iterdir())
        inner.append((f"{synset}.tar", tar_of((p.name, p.read_bytes()) for p in images)))
    write_tar(root / "ILSVRC2012_img_train.tar", inner)
    val = [path for synset in synsets for path in sorted((folder / "val" / synset).iterdir())]
    named = [(f"ILSVRC2012_val_{n:08}.JPEG", path) for n, path in enumerate(val, start=1)]
    write_tar(root / "ILSVRC2012_img_val.tar", ((name, p.read_bytes()) for name, p in named))
    truth = [synsets.index(path.parent.name) + 1 for path in val]
    write_devkit(root / "ILSVRC2012_devkit_t12.tar.gz", synsets, truth)
    return root


def write_devkit(path: Path, synsets: list[str], truth: list[int]) -> None:
    """Write what of the devkit tells the classes: ``meta.mat`` and the ground truth of val."""
    kinds = [("ILSVRC2012_ID", "f8"), ("WNID", "O"), ("words", "O"), ("num_children", "f8")]
    known = [(number, synset, "a word", 0) for number, synset in enumerate(synsets, start=1)]
    known.append((len(synsets) + 1, "n00001740", "entity", 3))
    meta = io.BytesIO()
    savemat(meta, {"synsets": np.array(known, dtype=kinds)[:, None]})  # type: ignore[arg-type]
    lines = "".join(f"{number}\n" for number in truth).encode()
    within = "ILSVRC2012_devkit_t12/data"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in (
            (f"{within}/meta.mat", meta.getvalue()),
            (f"{within}/ILSVRC2012_validation_ground_truth.txt", lines),
        ):
            found = tarfile.TarInfo(name)
            found.size = len(content)
            archive.addfile(found, io.BytesIO(content))


def _images(folder: ImageFolder, part: str) -> Iterator[tuple[Path, str]]:
    """Yield the images of a part and their classes, in the order of their names."""
    for path in sorted(Path(folder.root, part).glob("*/*")):
        yield path, path.parent.name
