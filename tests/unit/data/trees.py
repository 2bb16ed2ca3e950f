"""Small datasets in the layouts of the real ones, and images that go wrong in known ways."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

SYNSETS = ("n01440764", "n01443537")
FOODS = ("apple_pie", "waffles")


def write_image(path: Path, shade: int, size: tuple[int, int] = (8, 6)) -> Path:
    """Write an image whose content is told apart by ``shade``; JPEG or PNG by its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", size, shade).save(path)
    return path


def write_photograph(path: Path, size: tuple[int, int], seed: int = 0) -> Path:
    """Write an RGB image with structure at every scale."""
    path.parent.mkdir(parents=True, exist_ok=True)
    width, height = size
    noise = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    Image.fromarray(noise.astype(np.uint8)).save(path)
    return path


def write_imagenet(root: Path, train: int = 4, val: int = 2) -> Path:
    """Write JPEGs in the layout of ImageNet, every one different."""
    shades = iter(range(0, 250, 3))
    for synset in SYNSETS:
        for index in range(train):
            write_image(root / "train" / synset / f"{synset}_{index}.JPEG", next(shades))
        for index in range(val):
            write_image(root / "val" / synset / f"ILSVRC2012_val_{index}.JPEG", next(shades))
    return root


def write_food101(root: Path, train: int = 4, test: int = 2) -> Path:
    """Write JPEGs in the layout of Food-101, every one different."""
    shades = iter(range(0, 250, 3))
    lists: dict[str, list[str]] = {"train": [], "test": []}
    for name in FOODS:
        for part, count in (("train", train), ("test", test)):
            for _ in range(count):
                shade = next(shades)
                write_image(root / "images" / name / f"{shade}.jpg", shade)
                lists[part].append(f"{name}/{shade}")
    (root / "meta").mkdir()
    for part, lines in lists.items():
        (root / "meta" / f"{part}.txt").write_text("\n".join(lines) + "\n")
    return root


def bomb() -> bytes:
    """Return a PNG of a few bytes that claims to have 10 thousand million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(100))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )
