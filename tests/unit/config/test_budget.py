"""Budgets in the config, and as words of a path."""

from typing import Any

import pytest
from pydantic import ValidationError

from budama.config.budget import Budget

IDS: dict[str, dict[str, Any]] = {
    "channels-0.1": {"channels": 0.1},
    "macs-0.5-round8-steps3": {"macs": 0.5, "round_to": 8, "steps": 3},
    "macs-0.5-roundauto": {"macs": 0.5, "round_to": "auto"},
    "size-0.25-roundauto-steps2": {"size": 0.25, "round_to": "auto", "steps": 2},
    "latency-0.5": {"latency": 0.5},
}


@pytest.mark.parametrize("name", IDS)
def test_a_budget_is_what_its_word_says(name: str) -> None:
    budget = Budget.model_validate(IDS[name])
    assert budget.id == name and Budget.from_id(name) == budget


def test_a_budget_in_latency_is_always_aligned() -> None:
    assert Budget.model_validate({"latency": 0.5, "round_to": "auto"}).id == "latency-0.5"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"latency": 0.5, "round_to": 8}, "round_to: a budget in latency takes the widths that"),
        ({"latency": 0.5, "steps": 2}, "steps: a budget in latency is met in one step"),
        ({"latency": 0.5, "macs": 0.5}, "give exactly one of channels, macs, params, size, latenc"),
        ({"latency": 1.5}, "less than 1"),
        ({"macs": 0.5, "round_to": "often"}, "auto"),
    ],
)
def test_what_is_no_budget_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Budget.model_validate(given)


def test_budgets_that_depend_on_the_device_say_so() -> None:
    timed = [name for name in IDS if Budget.from_id(name).reads_costs]
    assert timed == ["macs-0.5-roundauto", "size-0.25-roundauto-steps2", "latency-0.5"]


def test_a_step_of_an_aligned_budget_is_aligned() -> None:
    step = Budget.from_id("size-0.25-roundauto-steps2").after(1)
    assert (step.value, step.round_to) == (0.625, "auto")
