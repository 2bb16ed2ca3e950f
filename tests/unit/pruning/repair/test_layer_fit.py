"""A quarter of the images chooses the ridge, however they come."""

import pytest
import torch

from budama.pruning.repair.layer_fit import TwoSums
from budama.pruning.repair.regression import Sums

ROWS = 3  # of an image


@pytest.mark.parametrize(
    ("sizes", "held_out"),
    [([16, 16], 8), ([16, 15], 7), ([3] * 8, 6), ([1] * 9, 2), ([2] * 4, 2), ([3], 0)],
)
def test_a_quarter_of_the_images_is_held_out_of_batches_of_any_size(
    sizes: list[int], held_out: int
) -> None:
    sums = TwoSums()
    batches = [torch.randn(1, size, ROWS, 4) for size in sizes]
    for batch in batches:

        def rows_of(part: slice, batch: torch.Tensor = batch) -> tuple[torch.Tensor, torch.Tensor]:
            rows = batch[:, part].flatten(1, 2)
            return rows, rows

        sums.add(batch.shape[1], rows_of)
    assert sums.seen is not None
    assert (sums.held_out.rows if sums.held_out else 0) == ROWS * held_out
    assert sums.seen.rows == ROWS * (sum(sizes) - held_out)
    rows = torch.cat(batches, 1).flatten(1, 2)
    for name, value in vars(Sums.over(rows, rows)).items():
        torch.testing.assert_close(vars(sums.whole)[name], value, rtol=1e-5, atol=1e-5)
