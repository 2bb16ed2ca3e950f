"""Images that can only be read many at a time, such as those of a row group of a Parquet file."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Blocks(NamedTuple):
    """``of`` ``[images]`` are their blocks, from 0 on; ``together`` blocks fit into a process."""

    of: npt.NDArray[np.int64]
    together: int

    def permutation(self, random: np.random.Generator) -> npt.NDArray[np.int64]:
        """Return the places of all images, ``[images]``: blocks at random, ``together`` mixed.

        While such a window of blocks is read, each of them need be read only once.
        """
        rank = random.permutation(int(self.of.max(initial=-1)) + 1)[self.of]
        return np.lexsort((random.random(len(self.of)), rank // self.together))

    def variety(self, labels: npt.NDArray[np.int64]) -> float:
        """Return how many images drawn at random tell as much of the classes as a window does.

        ``labels`` is ``[images]``.

        That is the effective size of a sample of clusters, with the design effect
        1 + (n - 1) rho (Kish, Survey Sampling, 1965), where rho is estimated by how often two
        images of a block are of one class: 1 where the blocks are sorted by class, 0 if mixed.
        """
        sizes = np.bincount(self.of)
        _, alike = np.unique(np.stack((self.of, labels)), axis=1, return_counts=True)
        pairs = (sizes * (sizes - 1)).sum()
        by_chance = ((np.bincount(labels) / len(labels)) ** 2).sum()
        if pairs == 0 or by_chance == 1:
            return float(self.together * sizes.mean())
        rho = ((alike * (alike - 1)).sum() / pairs - by_chance) / (1 - by_chance)
        effect = 1 + (sizes.mean() - 1) * min(max(rho, 0), 1)
        return float(self.together * sizes.mean() / effect)
