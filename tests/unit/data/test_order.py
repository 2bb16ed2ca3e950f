"""The order of training images depends on seed, epoch and step alone."""

import numpy as np
import pytest

from budama.data.blocks import Blocks
from budama.data.order import Draw, EpochOrder


def drawn(order: EpochOrder) -> list[Draw]:
    return [draw for batch in order for draw in batch]


def test_an_epoch_goes_over_whole_batches_of_distinct_images() -> None:
    order = EpochOrder(10, 4, seed=1)
    places = [draw.place for draw in drawn(order)]
    assert len(order) == order.steps == 2
    assert len(places) == len(set(places)) == 8
    order.epoch = 2
    assert [draw.place for draw in drawn(order)] != places


def test_fewer_images_than_a_batch_are_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert EpochOrder(10, 10, seed=1).steps == EpochOrder(10, 11, seed=1, process=1).steps == 1
    assert not caplog.records
    assert EpochOrder(10, 11, seed=1).steps == 1
    assert caplog.messages == ["there are 10 images, fewer than a batch (11)"]


def test_it_starts_at_any_step() -> None:
    order = EpochOrder(64, 8, seed=1)
    whole = drawn(order)
    order.first_step = 5
    assert drawn(order) == whole[5 * 8 :]
    assert len(order) == 3


def test_processes_and_parts_share_the_same_batches() -> None:
    alone = list(EpochOrder(64, 8, seed=1))
    shares = [list(EpochOrder(64, 8, seed=1, parts=2, process=r, processes=2)) for r in range(2)]
    for step, batch in enumerate(alone):
        parts = [shares[r][2 * step + part] for r in range(2) for part in range(2)]
        assert all(len(part) == 2 for part in parts)
        assert sorted(draw for part in parts for draw in part) == sorted(batch)


def test_a_batch_larger_than_the_data_is_reduced() -> None:
    order = EpochOrder(5, 64, seed=0)
    assert order.steps == 1
    assert len(drawn(order)) == 5


def test_blocks_come_at_random_a_few_of_them_mixed() -> None:
    """Every image once, blocks in windows of two, and another order in each epoch."""
    of = np.repeat(np.arange(10), 8)
    order = EpochOrder(80, 16, seed=1, blocks=Blocks(of, together=2))
    first = [draw.place for draw in drawn(order)]
    assert sorted(first) == list(range(80))
    windows = [set(of[first[start : start + 16]]) for start in range(0, 80, 16)]
    assert all(len(window) == 2 for window in windows)
    assert all(len(set(of[first[start : start + 8]])) == 2 for start in range(0, 80, 8))
    order.epoch = 2
    second = [draw.place for draw in drawn(order)]
    assert [set(of[second[start : start + 16]]) for start in range(0, 80, 16)] != windows
    order.first_step = 2
    assert [draw.place for draw in drawn(order)] == second[32:]


def test_with_blocks_the_number_of_processes_does_not_matter_either() -> None:
    blocks = Blocks(np.arange(64) // 4, together=3)
    alone = list(EpochOrder(64, 8, seed=1, blocks=blocks))
    shares = [
        list(EpochOrder(64, 8, seed=1, process=rank, processes=2, blocks=blocks))
        for rank in range(2)
    ]
    assert [sorted(a + b) for a, b in zip(*shares, strict=True)] == [sorted(b) for b in alone]


def test_a_window_is_as_varied_as_so_many_images_at_random() -> None:
    random = np.random.default_rng(0)
    blocks = Blocks(np.repeat(np.arange(100), 50), together=10)
    labels = np.repeat(np.arange(10), 500)
    assert blocks.variety(labels) == pytest.approx(10)  # a window of ten classes at random
    assert blocks.variety(random.permutation(labels)) == pytest.approx(500, rel=0.1)
    assert blocks.variety(np.zeros(5000, np.int64)) == 500
