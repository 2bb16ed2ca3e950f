import pytest

from budama.latency.statistics import describe, ratio_of


def pairs(*ratios: float) -> list[tuple[list[list[float]], list[list[float]]]]:
    """Return processes in which the second model takes ``ratio`` times the first one's time."""
    return [([[1.0, 1.0]], [[ratio, ratio]]) for ratio in ratios]


def test_seven_processes_give_their_median_and_an_interval_of_at_least_95_percent() -> None:
    ratio, ratios = ratio_of(pairs(0.81, 0.80, 0.79, 0.82, 0.80, 0.78, 0.90))
    assert (ratio.value, ratio.low, ratio.high) == (0.80, 0.78, 0.90)
    # P(the median is outside all seven) = 2 / 2^7
    assert ratio.coverage == pytest.approx(1 - 2 / 2**7)
    assert ratios[-1] == 0.90


def test_more_processes_leave_the_outermost_out() -> None:
    ratio, _ = ratio_of(pairs(*(1 + i / 100 for i in range(12))))
    # the third of twelve from either end: 1 - 2 (1 + 12 + 66) / 2^12 = 0.961
    assert (ratio.low, ratio.high) == (1.02, 1.09)
    assert ratio.coverage == pytest.approx(0.9614, abs=1e-4)


def test_few_processes_say_how_little_they_cover() -> None:
    assert ratio_of(pairs(0.8, 0.8, 0.8))[0].coverage == pytest.approx(0.75)
    one, _ = ratio_of(pairs(0.8))
    assert one.coverage == 0
    assert one.noisy


def test_a_machine_that_slows_down_half_way_changes_no_ratio() -> None:
    slowing = [([[1.0], [3.0]], [[0.5], [1.5]])] * 6
    ratio, _ = ratio_of(slowing)
    assert ratio.value == 0.5
    assert not ratio.noisy


def test_a_wide_interval_is_noisy() -> None:
    assert ratio_of(pairs(0.8, 0.8, 0.8, 0.8, 0.8, 0.85))[0].noisy
    assert not ratio_of(pairs(0.8, 0.8, 0.8, 0.8, 0.8, 0.83))[0].noisy


def test_times_are_told_per_batch_and_per_image() -> None:
    found = describe([[[0.010] * 50, [0.020] * 49], [[0.100]]], batch=4)
    assert found["p50_ms"] == pytest.approx(15)
    assert found["ms_per_image"] == pytest.approx(3.75)
    assert found["images_per_s"] == pytest.approx(4 / 0.015)
    assert found["p90_ms"] == pytest.approx(20)
    assert found["runs"] == 100
