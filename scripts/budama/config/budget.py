"""How much is cut, and over which channels the choice is made."""

import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from budama.config.base import Fraction as Share
from budama.config.base import Strict

Scope = Literal["layer", "global"]
KINDS = ("channels", "macs", "params", "size", "latency")
BUDGET_PATTERN = (
    rf"({'|'.join(KINDS)})-(0\.[0-9]+|[0-9.]+e-[0-9]+)(?:-round([0-9]+|auto))?(?:-steps([0-9]+))?"
)
# Only the widths that pay off on the task's device: see ``pruning/timed/table.py``
AUTO: Literal["auto"] = "auto"
# What times candidates for a budget in latency: imported by this name, so that no other cut runs
# again when that code changes
TIMED_CUTS = "budama.latency.timed_cuts"
MOST = 256


def _a_number_or_auto(value: Any) -> Any:
    number = int(value) if isinstance(value, str) and value.isdigit() else value
    is_number = isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MOST
    if value != AUTO and not is_number:
        raise ValueError(f"give a whole number from 1 to {MOST}, or auto")
    return number


RoundTo = Annotated[int | Literal["auto"], BeforeValidator(_a_number_or_auto)]


class Budget(Strict):
    """How much is cut.

    Either a share of the ``channels`` to remove, as published, or what is to be left of the dense
    model's ``macs``, ``params``, ``size`` or, as measured on the task's device, ``latency``: so
    methods are compared at equal cost. ``round_to`` keeps channel counts multiples of a number, or
    with ``auto`` those that pay off on that device: speed depends on it. ``latency`` always does
    the latter. ``steps`` cuts in that many equal steps and scores what is left anew before each.
    """

    channels: Share | None = None
    macs: Share | None = None
    params: Share | None = None
    size: Share | None = None
    latency: Share | None = None
    round_to: RoundTo = 1
    steps: int = Field(1, ge=1, le=100)

    @model_validator(mode="before")
    @classmethod
    def _latency_is_auto(cls, given: Any) -> Any:
        """Leave out the ``round_to: auto`` that a budget in latency has by itself."""
        if isinstance(given, dict) and given.get("latency") and given.get("round_to") == AUTO:
            return {key: value for key, value in given.items() if key != "round_to"}
        return given

    @model_validator(mode="after")
    def _one_kind(self) -> "Budget":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(KINDS)}")
        return self

    @model_validator(mode="after")
    def _latency_rounds_by_itself(self) -> "Budget":
        if self.latency is not None and self.round_to != 1:
            raise ValueError(
                "round_to: a budget in latency takes the widths that pay off on the device, which "
                "is round_to: auto; leave round_to out"
            )
        if self.latency is not None and self.steps > 1:
            raise ValueError("steps: a budget in latency is met in one step; leave steps out")
        return self

    @property
    def kind(self) -> str:
        """Which of the kinds is given."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def value(self) -> float:
        """The share that is given."""
        value: float = getattr(self, self.kind)
        return value

    @property
    def reads_costs(self) -> bool:
        """Whether what is cut depends on what the task's device was measured to do."""
        return self.kind == "latency" or self.round_to == AUTO

    @property
    def id(self) -> str:
        """The budget as a word of a path, for example ``channels-0.1`` or ``macs-0.5-round8``."""
        rounded = f"-round{self.round_to}" if self.round_to != 1 else ""
        steps = f"-steps{self.steps}" if self.steps > 1 else ""
        return f"{self.kind}-{self.value!r}{rounded}{steps}"

    def after(self, step: int) -> "Budget":
        """Return how much is cut after ``step`` of the steps, counted from 1."""
        done = Fraction(step, self.steps)
        share = Fraction(repr(self.value))
        value = share * done if self.kind == "channels" else 1 - (1 - share) * done
        return Budget.model_validate({self.kind: float(value), "round_to": self.round_to})

    @classmethod
    def from_id(cls, text: str) -> "Budget":
        """Read what ``id`` wrote; raises ``ValueError`` for anything else."""
        parts = re.fullmatch(BUDGET_PATTERN, text)
        if parts is None:
            raise ValueError(f"'{text}' is not a budget")
        kind, value, round_to, steps = parts.groups()
        rest = {"round_to": round_to, "steps": steps}
        return cls.model_validate(
            {kind: value} | {key: given for key, given in rest.items() if given is not None}
        )
