"""How much is cut, and over which channels the choice is made."""

import re
from typing import Literal

from pydantic import Field, model_validator

from budama.config.base import Fraction, Strict

Scope = Literal["layer", "global"]
KINDS = ("channels", "macs", "params", "size")
BUDGET_PATTERN = rf"({'|'.join(KINDS)})-(0\.[0-9]+|[0-9.]+e-[0-9]+)(?:-round([0-9]+))?"


class Budget(Strict):
    """How much is cut.

    Either a share of the ``channels`` to remove, as published, or what is to be left of the dense
    model's ``macs``, ``params`` or ``size``, so that methods are compared at equal cost.
    ``round_to`` keeps channel counts multiples of a number: speed depends on it.
    """

    channels: Fraction | None = None
    macs: Fraction | None = None
    params: Fraction | None = None
    size: Fraction | None = None
    round_to: int = Field(1, ge=1, le=256)

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
        return f"{self.kind}-{self.value!r}{rounded}"

    @classmethod
    def from_id(cls, text: str) -> "Budget":
        """Read what ``id`` wrote; raises ``ValueError`` for anything else."""
        parts = re.fullmatch(BUDGET_PATTERN, text)
        if parts is None:
            raise ValueError(f"'{text}' is no budget")
        kind, value, round_to = parts.groups()
        return cls.model_validate({kind: value, "round_to": round_to or 1})
