"""How much is cut, and over which channels the choice is made."""

import re
from fractions import Fraction
from typing import Literal

from pydantic import Field, model_validator

from budama.config.base import Fraction as Share
from budama.config.base import Strict

Scope = Literal["layer", "global"]
KINDS = ("channels", "macs", "params", "size")
BUDGET_PATTERN = (
    rf"({'|'.join(KINDS)})-(0\.[0-9]+|[0-9.]+e-[0-9]+)(?:-round([0-9]+))?(?:-steps([0-9]+))?"
)


class Budget(Strict):
    """How much is cut.

    Either a share of the ``channels`` to remove, as published, or what is to be left of the dense
    model's ``macs``, ``params`` or ``size``, so that methods are compared at equal cost.
    ``round_to`` keeps channel counts multiples of a number: speed depends on it. ``steps`` cuts in
    that many equal steps and scores what is left anew before each.
    """

    channels: Share | None = None
    macs: Share | None = None
    params: Share | None = None
    size: Share | None = None
    round_to: int = Field(1, ge=1, le=256)
    steps: int = Field(1, ge=1, le=100)

    @model_validator(mode="after")
    def _one_kind(self) -> "Budget":
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(KINDS)}")
        return self

    @property
    def kind(self) -> str:
        """Which of ``channels``, ``macs``, ``params`` and ``size`` is given."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def value(self) -> float:
        """The share that is given."""
        value: float = getattr(self, self.kind)
        return value

    @property
    def id(self) -> str:
        """The budget as a word of a path, for example ``channels-0.1`` or ``macs-0.5-round8``."""
        rounded = f"-round{self.round_to}" if self.round_to > 1 else ""
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
        return cls.model_validate({kind: value, "round_to": round_to or 1, "steps": steps or 1})
