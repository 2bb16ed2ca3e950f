"""Images that can only be read many at a time, such as those of a row group of a Parquet file."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Blocks(NamedTuple):
    """``of`` is the block of each image, from 0 on; ``together`` blocks fit into a process."""

    of: npt.NDArray[np.int64]
    together: int

    def permutation(self, random: np.random.Generator) -> npt.NDArray[np.int64]:
        """Return the places of all images: blocks at random, the images of ``together`` mixed.

        While such a window of blocks is read, each of them need be read only once.
        """
        rank = random.permutation(int(self.of.max(initial=-1)) + 1)[self.of]
        return np.lexsort((random.random(len(self.of)), rank // self.together))
