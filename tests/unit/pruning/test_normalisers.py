"""Scores of different layers, made comparable; the order within a layer never changes."""

from typing import get_args

import pytest
import torch

from budama.config.cut import Normaliser
from budama.criteria.registry import criterion_names, load_criterion
from budama.pruning.normalisers import normalised

ALL: tuple[Normaliser, ...] = get_args(Normaliser)
SCORES = torch.tensor([4.0, 1.0, 3.0, 2.0], dtype=torch.float64)


def test_scores_are_what_is_said() -> None:
    assert normalised(SCORES, "raw").equal(SCORES)
    assert normalised(SCORES, "mean").tolist() == [1.6, 0.4, 1.2, 0.8]
    assert normalised(SCORES, "lamp").tolist() == [4 / 4, 1 / 10, 3 / 7, 2 / 9]


def test_equal_scores_stay_equal() -> None:
    found = normalised(torch.tensor([2.0, 1.0, 2.0, 1.0]), "lamp")
    assert found.tolist() == pytest.approx([2 / 4, 1 / 6, 2 / 4, 1 / 6])


@pytest.mark.parametrize("normaliser", ALL)
def test_a_layer_without_importance_has_finite_scores(normaliser: Normaliser) -> None:
    assert normalised(torch.zeros(4), normaliser).tolist() == [0] * 4
    assert normalised(torch.tensor([0.0, 1e-30, 1e30]), normaliser).isfinite().all()


@pytest.mark.parametrize("normaliser", ALL)
def test_the_order_within_a_layer_stays(normaliser: Normaliser) -> None:
    scores = torch.rand(200, dtype=torch.float64) ** 4
    found = normalised(scores, normaliser)
    assert found.argsort(stable=True).equal(scores.argsort(stable=True))


def test_the_size_of_a_layers_scores_counts_as_they_are_alone() -> None:
    for normaliser in ALL:
        same = torch.allclose(normalised(1000 * SCORES, normaliser), normalised(SCORES, normaliser))
        assert same == (normaliser not in ("raw", "loss"))


@pytest.mark.parametrize("name", criterion_names())
def test_every_criterion_has_its_candidates(name: str) -> None:
    own = {"lamp": ("raw", "loss")}.get(name, ALL)
    as_they_are = {"random": ("mean",), "lamp": ("mean", "lamp")}.get(name, ())
    criterion = load_criterion(name)
    assert criterion.candidates("auto") == own
    for asked in ALL:
        assert criterion.candidates(asked) == (("raw",) if asked in as_they_are else (asked,))
