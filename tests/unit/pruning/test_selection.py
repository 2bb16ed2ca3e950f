import pytest
import torch
from budama.config.budget import Budget
from budama.errors import BudamaError
from budama.pruning.selection import select

SCORES = {
    "a": torch.tensor([3.0, 1.0, 2.0, 4.0]),
    "b": torch.tensor([30.0, 10.0, 1.0, 20.0, 40.0, 50.0]),
}


def kept_counts(scores: dict[str, torch.Tensor], scope: str, ratio: float) -> list[int]:
    kept = select(scores, scope, Budget(channels=ratio))  # type: ignore[arg-type]
    return [len(channels) for channels in kept.values()]


def test_layer_scope_cuts_the_lowest_of_each_layer() -> None:
    kept = select(SCORES, "layer", Budget(channels=0.5))
    assert kept == {"a": [0, 3], "b": [0, 4, 5]}


@pytest.mark.parametrize(
    ("channels", "ratio", "kept"), [(10, 0.9, 1), (10, 0.3, 7), (64, 0.1, 57), (3, 0.99, 1)]
)
def test_counts_are_exact_where_floating_point_is_not(
    channels: int, ratio: float, kept: int
) -> None:
    assert kept_counts({"a": torch.rand(channels)}, "layer", ratio) == [kept]


def test_global_scope_compares_layers_after_dividing_by_their_means() -> None:
    # a / 2.5: 1.2 .4 .8 1.6; b / 25.17: 1.19 .40 .04 .79 1.59 1.99 -> b2, b1, a1 go
    kept = select(SCORES, "global", Budget(channels=0.3))
    assert kept == {"a": [0, 2, 3], "b": [0, 3, 4, 5]}


@pytest.mark.parametrize("scope", ["layer", "global"])
@pytest.mark.parametrize("ratio", [0.1, 0.3, 0.6])
def test_ties_cut_exactly_what_was_asked_and_the_lower_index_stays(
    scope: str, ratio: float
) -> None:
    kept = select({"a": torch.ones(100)}, scope, Budget(channels=ratio))  # type: ignore[arg-type]
    assert kept["a"] == list(range(round(100 * (1 - ratio))))


def test_no_layer_is_emptied_however_low_it_scores() -> None:
    scores = {"low": torch.zeros(20), "high": torch.ones(180)}
    kept = select(scores, "global", Budget(channels=0.5))
    assert len(kept["low"]) == 2
    assert len(kept["high"]) == 98


def test_scores_that_are_not_numbers_name_their_layer() -> None:
    bad = SCORES | {"c": torch.tensor([1.0, float("nan")])}
    with pytest.raises(BudamaError, match="layer 'c': its scores are not finite"):
        select(bad, "global", Budget(channels=0.1))


def test_a_budget_that_the_layers_cannot_bear_is_refused() -> None:
    with pytest.raises(BudamaError, match="more channels than the layers may lose"):
        select({"a": torch.ones(5), "b": torch.ones(5)}, "global", Budget(channels=0.95))
