"""The order in which training images come: a function of the seed, the epoch and the step alone.

So it does not matter how many processes load them or train on them, or where a run was interrupted.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from torch.utils.data import Sampler

from budama.system.job.terminal import tell


class Draw(NamedTuple):
    """One image of an epoch: its place in the split, and the seed of its random changes."""

    place: int
    seed: int


class EpochOrder(Sampler[list[Draw]]):
    """What one of several processes loads, batch by batch.

    Each step takes ``batch_size`` images of the epoch's permutation, in ``parts`` equal parts, of
    which each process loads an equal share. An incomplete last batch is left out; a ``batch_size``
    above the number of images is reduced, and that is told. ``epoch`` and ``first_step`` say where
    iteration starts.
    """

    def __init__(
        self,
        images: int,
        batch_size: int,
        seed: int,
        *,
        parts: int = 1,
        process: int = 0,
        processes: int = 1,
    ) -> None:
        if batch_size > images and process == 0:
            tell("training", "there are %d images, fewer than a batch (%d)", images, batch_size)
        self._images = images
        self._share = max(1, min(batch_size, images) // (parts * processes))
        self._batch = self._share * parts * processes
        self._parts = parts
        self._seed = seed
        self._process, self._processes = process, processes
        self.steps = images // self._batch
        self.epoch = 1
        self.first_step = 0

    def __len__(self) -> int:
        return (self.steps - self.first_step) * self._parts

    def __iter__(self) -> Iterator[list[Draw]]:
        random = np.random.default_rng([self._seed, self.epoch])
        places = random.permutation(self._images).tolist()
        seeds = random.integers(2**32, size=self._images, dtype=np.uint32).tolist()
        draws = [Draw(place, seed) for place, seed in zip(places, seeds, strict=True)]
        for start in range(self.first_step * self._batch, self.steps * self._batch, self._batch):
            for part in range(self._parts):
                first = start + part * self._share * self._processes + self._process
                stop = start + (part + 1) * self._share * self._processes
                yield draws[first : stop : self._processes]
