"""Make the class-balanced subset of Fashion-MNIST that the demo runs on.

    python resources/make_fashion_mnist_small.py FOLDER

FOLDER holds the four published files, gzipped or not (Debian: package dataset-fashion-mnist,
/usr/share/datasets/fashion-mnist). Takes the first images of each class in their published order
and keeps the published format: the same images every time.
"""

import gzip
import sys
from pathlib import Path

import numpy as np

from budama.data.sources.fashion_mnist import read_idx
from budama.system.files.atomic import write_bytes

PER_CLASS = {"train": 600, "t10k": 500}
OUTPUT = Path(__file__).parent / "fashion-mnist-small"


def subset(source: Path, part: str, per_class: int) -> None:
    """Write the first ``per_class`` images of each class of ``part``."""
    arrays = {}
    for what, dimensions in (("images", 3), ("labels", 1)):
        name = f"{part}-{what}-idx{dimensions}-ubyte"
        path = next(p for p in (source / f"{name}.gz", source / name) if p.exists())
        arrays[name] = read_idx(path, dimensions)
    labels = arrays[f"{part}-labels-idx1-ubyte"]
    chosen = np.sort(np.concatenate([np.flatnonzero(labels == c)[:per_class] for c in range(10)]))
    for name, array in arrays.items():
        picked = array[chosen]
        header = bytes([0, 0, 8, picked.ndim]) + np.array(picked.shape, ">u4").tobytes()
        packed = gzip.compress(header + picked.tobytes(), compresslevel=9, mtime=0)
        write_bytes(OUTPUT / f"{name}.gz", packed)


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit(__doc__)
    for part, per_class in PER_CLASS.items():
        subset(Path(sys.argv[1]), part, per_class)
