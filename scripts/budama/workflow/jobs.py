"""A job of the workflow, as it is planned: what plan and why read."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PlannedJob:
    """One job: its rule, what it does in words, and its outputs.

    ``alone`` says that it has the whole machine to itself, ``runs`` that it would run now.
    ``causes`` are why, in words: its own, none if it only follows from jobs before it.
    """

    rule: str
    message: str
    wildcards: dict[str, str]
    outputs: tuple[str, ...] = ()
    alone: bool = False
    runs: bool = True
    causes: tuple[str, ...] = ()
