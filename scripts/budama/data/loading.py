"""Batches of preprocessed images, in a reproducible order."""

import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from timm.data import create_transform
from torch.utils.data import DataLoader, Dataset

from budama.config.recipe import Augment
from budama.data.order import Draw, EpochOrder
from budama.data.prepared import PreparedData
from budama.data.sources import Source
from budama.models.preprocessing import Input
from budama.system.errors import BudamaError

Batch = tuple[torch.Tensor, torch.Tensor]
_CPU = torch.device("cpu")


class SplitImages(Dataset[tuple[Any, int]]):
    """Images of one split: uint8 ``[3, size, size]`` and the class index.

    Indexed by a place, or by a ``Draw``, whose seed decides every random change to the image.
    """

    def __init__(self, source: Source, rows: pd.DataFrame, transform: Any) -> None:
        self._source = source
        self._parts = rows["part"].to_numpy(dtype=str)
        self._keys = rows["key"].to_numpy(dtype=str)
        self._labels = rows["label"].to_numpy()
        # of images that no audit has seen, there is none
        self._sha256 = rows["sha256"].to_numpy(dtype="S64") if "sha256" in rows else None
        self._transform = transform

    def __len__(self) -> int:
        return len(self._labels)

    def __getitem__(self, item: "int | Draw") -> tuple[Any, int]:
        place = item
        if isinstance(item, Draw):
            _seed(item.seed)
            place = item.place
        sha256 = None if self._sha256 is None else self._sha256[place].decode()
        image = self._source.read(str(self._parts[place]), str(self._keys[place]), sha256)
        return self._transform(image), int(self._labels[place])


class Batches:
    """A loader of normalised batches: float32 ``[batch, 3, size, size]`` and labels, on a device.

    Images travel as bytes and are normalised where they are used.
    """

    def __init__(self, loader: "DataLoader[Any]", spec: Input, device: torch.device) -> None:
        self._loader = loader
        self._device = device
        self._mean = 255 * torch.tensor(spec.mean, device=device)[:, None, None]
        self._std = 255 * torch.tensor(spec.std, device=device)[:, None, None]

    @property
    def images(self) -> int:
        """How many images an iteration goes over."""
        return len(self._loader.dataset)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self._loader)

    def __iter__(self) -> Iterator[Batch]:
        for images, labels in self._loaded():
            moved = images.to(self._device, non_blocking=True)
            values = moved.to(torch.float32, memory_format=torch.channels_last)
            yield (
                values.sub_(self._mean).div_(self._std),
                labels.to(self._device, non_blocking=True),
            )

    def _loaded(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield what the loader does; a message of one of its processes comes without the trace."""
        try:
            yield from self._loader
        except BudamaError as error:
            raise BudamaError(str(error).rpartition("BudamaError: ")[2].strip()) from error


def evaluation_batches(
    data: PreparedData,
    split: str,
    spec: Input,
    batch_size: int,
    workers: int = 0,
    device: torch.device = _CPU,
    *,
    share: tuple[int, int] = (0, 1),
) -> Batches:
    """Return the images of ``split`` in their stored order, without augmentation.

    ``share`` = (r, n) takes every n-th image from the r-th on.
    """
    rows = data.rows(split).iloc[share[0] :: share[1]]
    images = SplitImages(data.source, rows, _transform(spec))
    return _batches(images, spec, workers, device, batch_size=batch_size)


def training_batches(
    data: PreparedData,
    spec: Input,
    augment: Augment,
    order: EpochOrder,
    workers: int = 0,
    device: torch.device = _CPU,
) -> Batches:
    """Return the training images as ``order`` draws them; it may be moved between iterations."""
    images = SplitImages(data.source, data.rows("train"), _transform(spec, augment))
    return _batches(images, spec, workers, device, batch_sampler=order)


def _batches(
    images: SplitImages, spec: Input, workers: int, device: torch.device, **order: Any
) -> Batches:
    loader = DataLoader(
        images,
        num_workers=workers,
        pin_memory=device.type == "cuda",
        persistent_workers=workers > 0,
        worker_init_fn=_heed_only_the_parent,
        **order,
    )
    return Batches(loader, spec, device)


def _heed_only_the_parent(_worker: int) -> None:
    """Let a loader's process live on after a SIGTERM that its parent did not send.

    SLURM signals every process of a job: training that lost its loaders could not save its state.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_when_the_parent_says_so, daemon=True).start()


def _end_when_the_parent_says_so() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    while signal.sigwaitinfo({signal.SIGTERM}).si_pid != parent.pid:
        pass
    os._exit(0)


def _seed(seed: int) -> None:
    """Seed all that augmentations draw from."""
    random.seed(seed)
    np.random.seed(seed)
    # torch.manual_seed would seed GPUs, too, which takes longer than to load a small image
    torch.default_generator.manual_seed(seed)


def _transform(spec: Input, augment: Augment | None = None) -> Any:
    """Return what turns an image into bytes ``[3, size, size]``."""
    shared: dict[str, Any] = {
        "input_size": (3, spec.size, spec.size),
        "interpolation": spec.interpolation,
        "use_prefetcher": True,  # normalising is left to the device
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
        auto_augment=augment.auto,
        mean=spec.mean,
        std=spec.std,
    )
