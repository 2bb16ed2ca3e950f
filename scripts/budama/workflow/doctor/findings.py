"""What the doctor says of one thing."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """``CANNOT`` is for what the configuration wants and cannot have here."""

    FINE = "fine"
    NOTE = "note"
    CANNOT = "cannot"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what it is, what was seen, and what to do about it."""

    area: str
    status: Status
    seen: str
    advice: str = ""


@dataclass(frozen=True)
class Able:
    """What a machine was found able to do.

    ``cores`` is how many this process may use, ``gpus`` how many torch computes on, and
    ``providers`` has the precisions that ONNX Runtime runs, by provider, in the config's words.
    """

    cores: int
    gpus: int
    providers: dict[str, frozenset[str]]


def fine(area: str, seen: str) -> Finding:
    """Return a finding that needs nothing done."""
    return Finding(area, Status.FINE, seen)


def note(area: str, seen: str, advice: str = "") -> Finding:
    """Return a finding that a user should know of."""
    return Finding(area, Status.NOTE, seen, advice)


def cannot(area: str, seen: str, advice: str = "") -> Finding:
    """Return a finding that stops what the configuration wants."""
    return Finding(area, Status.CANNOT, seen, advice)


def listed(names: Iterable[object]) -> str:
    """Return ``names`` as words."""
    return ", ".join(str(name) for name in names)


def one_line(error: Exception) -> str:
    """Return what an exception says, on one line."""
    return " ".join(str(error).split()) or type(error).__name__
