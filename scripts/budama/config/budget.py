"""How much is cut, and over which channels the choice is made."""

from typing import Literal

from budama.config.base import Fraction, Strict

Scope = Literal["layer", "global"]


class Budget(Strict):
    """How much is cut: ``{channels: 0.1}`` removes a tenth of the channels."""

    channels: Fraction

    @property
    def id(self) -> str:
        """The budget as a word of a path, for example ``channels-0.1``."""
        return f"channels-{self.channels!r}"

    @classmethod
    def from_id(cls, text: str) -> "Budget":
        """Read what ``id`` wrote; raises ``pydantic.ValidationError`` for anything else."""
        kind, _, value = text.partition("-")
        return cls.model_validate({kind: value})
