"""The order of training images depends on seed, epoch and step alone."""

import pytest

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
