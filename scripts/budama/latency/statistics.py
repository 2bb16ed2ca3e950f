"""From the times of several processes to a ratio with its interval, and to percentiles."""

from collections.abc import Sequence
from itertools import accumulate
from math import comb
from typing import Any, NamedTuple

import numpy as np

from budama.latency.timing import Times

# How sure an interval must be to be shown as one.
CONFIDENCE = 0.95
NOISY = 0.05


class Ratio(NamedTuple):
    """A ratio of times, the interval of its median, and that interval's coverage (0 to 1).

    ``noisy`` is one whose interval is wider than 5% of it, or that has none.
    """

    value: float
    low: float
    high: float
    coverage: float

    @property
    def noisy(self) -> bool:
        """Whether the machine was too restless for two digits."""
        return self.coverage == 0 or self.high - self.low > NOISY * self.value


def ratio_of(blocks: Sequence[tuple[list[Times], list[Times]]]) -> tuple[Ratio, list[float]]:
    """Return the ratio second / first over processes, and each process's own.

    ``blocks`` gives for each process the blocks of both models. A process's ratio is the median
    over its pairs of blocks of the ratio of their medians: both of a pair saw the same machine.
    The processes are independent draws, as where their memory lies changes their times, so the
    interval is the distribution-free one of their median (order statistics: Hollander, Wolfe and
    Chicken, Nonparametric Statistical Methods, section 3.6). Fewer than six processes cannot reach
    95%; ``coverage`` says what they do reach.
    """
    ratios = [
        float(np.median([np.median(b) / np.median(a) for a, b in zip(*pair, strict=True)]))
        for pair in blocks
    ]
    return _median_interval(ratios), ratios


def _median_interval(values: list[float]) -> Ratio:
    ordered = sorted(values)
    count = len(ordered)
    # the narrowest pair of order statistics that covers enough, else the outermost
    tails = accumulate(comb(count, k) / 2**count for k in range((count + 1) // 2))
    coverages = [1 - 2 * tail for tail in tails]
    k = max((k for k, coverage in enumerate(coverages) if coverage >= CONFIDENCE), default=0)
    return Ratio(float(np.median(ordered)), ordered[k], ordered[-1 - k], max(0.0, coverages[k]))


def describe(blocks: Sequence[list[Times]], batch: int) -> dict[str, Any]:
    """Return percentiles and mean in milliseconds, and images per second, of all counted runs."""
    times = np.concatenate([np.asarray(block) for process in blocks for block in process])
    p50, p90, p99 = (float(value) for value in np.percentile(times, (50, 90, 99)))
    return {
        "p50_ms": 1e3 * p50,
        "p90_ms": 1e3 * p90,
        "p99_ms": 1e3 * p99,
        "mean_ms": 1e3 * float(times.mean()),
        "ms_per_image": 1e3 * p50 / batch,
        "images_per_s": batch / p50,
        "runs": len(times),
    }
