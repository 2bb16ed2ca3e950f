from typing import Any

import pytest

from budama.config.recipe import Recipe, check_shares
from budama.system.errors import BudamaError


def recipe(**values: Any) -> Recipe:
    return Recipe.model_validate({"epochs": 1, "learning_rate": 0.1} | values)


def test_a_batch_that_processes_cannot_share_is_refused() -> None:
    check_shares("mine", recipe(batch_size=66), 3)
    with pytest.raises(BudamaError) as caught:
        check_shares("mine", recipe(batch_size=64), 3)
    assert str(caught.value) == (
        "recipes.mine: batch_size 64 cannot be shared equally by compute.processes 3 with "
        "accumulate 1: choose a multiple of 3, such as 63, or another compute.processes"
    )


def test_shares_that_are_mixed_must_be_even() -> None:
    check_shares("mine", recipe(batch_size=12, accumulate=2), 2)
    check_shares("mine", recipe(batch_size=16, accumulate=2, mix={"cutmix": 1.0}), 2)
    with pytest.raises(BudamaError, match=r"in pairs because of mix: choose a multiple of 8, such"):
        check_shares("mine", recipe(batch_size=12, accumulate=2, mix={"cutmix": 1.0}), 2)
