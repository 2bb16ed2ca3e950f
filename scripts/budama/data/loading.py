"""Batches of preprocessed images, in a reproducible order."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import torch
from PIL import Image
from timm.data import create_transform
from torch.utils.data import DataLoader, Dataset

from budama.config.recipe import Augment
from budama.data.prepare import PreparedData
from budama.data.sources import Source
from budama.models.preprocessing import Input

Batches = DataLoader[tuple[torch.Tensor, torch.Tensor]]


class SplitImages(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """Images of one split: float32 ``[3, size, size]``, normalised, and the class index."""

    def __init__(
        self,
        source: Source,
        rows: pd.DataFrame,
        transform: Callable[[Image.Image], torch.Tensor],
    ) -> None:
        self._source = source
        self._items = list(zip(rows["part"], rows["key"], rows["label"].astype(int), strict=True))
        self._transform = transform

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> tuple[torch.Tensor, torch.Tensor]:
        part, key, label = self._items[index]
        return self._transform(self._source.read(part, key)), torch.tensor(label)


def evaluation_batches(
    data: PreparedData, split: str, spec: Input, batch_size: int, workers: int = 0
) -> Batches:
    """Return the images of ``split`` in their stored order, without augmentation."""
    images = SplitImages(data.source, data.rows(split), _transform(spec))
    return DataLoader(images, batch_size=batch_size, num_workers=workers)


def training_batches(
    data: PreparedData,
    spec: Input,
    augment: Augment,
    batch_size: int,
    seed: int,
    workers: int = 0,
) -> Batches:
    """Return the training images, shuffled anew each epoch by a generator seeded with ``seed``.

    A batch size above the number of images is reduced to it; an incomplete last batch is dropped.
    """
    images = SplitImages(data.source, data.rows("train"), _transform(spec, augment))
    return DataLoader(
        images,
        batch_size=min(batch_size, len(images)),
        shuffle=True,
        drop_last=True,
        num_workers=workers,
        generator=torch.Generator().manual_seed(seed),
    )


def _transform(spec: Input, augment: Augment | None = None) -> Any:
    shared = {
        "input_size": (3, spec.size, spec.size),
        "interpolation": spec.interpolation,
        "mean": spec.mean,
        "std": spec.std,
    }
    if augment is None:
        return create_transform(**shared, crop_pct=spec.crop)
    return create_transform(
        **shared,
        is_training=True,
        scale=augment.crop_scale,
        ratio=augment.crop_ratio,
        hflip=augment.flip,
        color_jitter=0.0,
    )
