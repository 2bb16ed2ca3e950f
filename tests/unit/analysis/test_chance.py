import numpy as np
import pytest

from budama.analysis.chance import SURE, against_chance


def test_the_bound_is_the_exact_binomial_one() -> None:
    labels = np.repeat(np.arange(2), 10)
    found = against_chance(labels, labels, 2)
    assert (found.images, found.right, found.guessing) == (20, 20, 0.5)
    assert found.p_value == pytest.approx(0.5**20)
    assert found.better
    few = against_chance(labels[5:14], labels[5:14], 2)  # 5 of one and 4 of the other
    assert few.p_value == pytest.approx((5 / 9) ** 9) and few.p_value > SURE and not few.better


def test_always_the_commonest_class_is_guessing() -> None:
    labels = np.array([0] * 900 + [1] * 100)
    found = against_chance(labels, np.zeros(1000, dtype=int), 2)
    assert found.right == 900 and not found.better


def test_random_answers_are_no_better_and_a_little_knowledge_is() -> None:
    random = np.random.default_rng(0)
    labels = np.tile(np.arange(10), 100)
    guesses = random.integers(0, 10, 1000)
    assert not against_chance(labels, guesses, 10).better
    known = np.where(random.random(1000) < 0.1, labels, guesses)
    assert against_chance(labels, known, 10).better


def test_outputs_in_another_order_are_recognised() -> None:
    labels = np.tile(np.arange(10), 10)
    found = against_chance(labels, (labels + 1) % 10, 10)
    assert found.right == 0 and found.reordered == 100 and found.misordered
    guesses = np.random.default_rng(0).integers(0, 10, 100)
    assert not against_chance(labels, guesses, 10).misordered


def test_images_without_a_class_are_wrong() -> None:
    found = against_chance(np.array([0, 1]), np.array([-1, -1]), 2)
    assert found.right == 0 and found.p_value == 1
