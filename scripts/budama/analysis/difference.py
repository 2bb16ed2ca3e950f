"""What a test takes and gives: the images that were predicted right, and a difference of two.

Apart from ``significance.py``, which does the tests, because the report reads their outcome and
must not load scipy and statsmodels for that.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

ALPHA = 0.05
# For each test image whether a model predicted it right, of one seed or ``[seeds, images]``
Right = npt.NDArray[np.bool_]


class Difference(NamedTuple):
    """A difference of two accuracies in points, its 95% interval, and the p-value of no difference.

    ``test`` is ``mcnemar``, ``crossed`` or ``proportions``.
    """

    points: float
    low: float
    high: float
    p: float
    test: str
