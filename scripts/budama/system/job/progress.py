"""Progress of a long loop: a bar on the terminal, plain periodic lines in the log."""

import logging
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from budama.system.machine.locks import lock

Item = TypeVar("Item")
LINE_EVERY_S = 10.0
log = logging.getLogger("budama")

_terminal: TextIO | None = None


def use_terminal(stream: TextIO | None) -> None:
    """Draw bars on ``stream``; with ``None`` or when it is not a terminal, draw none."""
    global _terminal  # noqa: PLW0603 - one process has one terminal
    _terminal = stream if stream is not None and stream.isatty() else None


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        unit = task.fields.get("unit", "")
        return Text(f"{speed:,.1f} {unit}/s" if speed else f"- {unit}/s", style="magenta")


@contextmanager
def _own(terminal: TextIO | None) -> Iterator[TextIO | None]:
    """Yield the terminal if no other job draws on it: two bars on one line would be garbage."""
    if terminal is None:
        yield None
        return
    descriptor = os.open(os.ttyname(terminal.fileno()), os.O_WRONLY | os.O_NOCTTY)
    try:
        yield terminal if lock(descriptor) else None
    finally:
        os.close(descriptor)


def track(items: Iterable[Item], total: int, what: str, unit: str = "batches") -> Iterator[Item]:
    """Yield from ``items`` and report how far it is, the rate and the remaining time.

    ``total`` is the expected number of items, ``what`` names the loop, ``unit`` one item's kind.
    """
    with _own(_terminal) as terminal:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            _RateColumn(),
            TimeRemainingColumn(),
            console=Console(file=terminal) if terminal else Console(quiet=True),
            disable=terminal is None,
            transient=True,
        )
        start = last = time.monotonic()
        with bar:
            task = bar.add_task(what, total=total, unit=unit)
            for done, item in enumerate(items, start=1):
                yield item
                bar.advance(task)
                now = time.monotonic()
                if now - last >= LINE_EVERY_S:
                    rate = done / (now - start)
                    left = (total - done) / rate
                    log.info(
                        "%s: %d/%d, %.1f %s/s, %.0f s left", what, done, total, rate, unit, left
                    )
                    last = now
        log.info("%s: done, %d %s in %.1f s", what, total, unit, time.monotonic() - start)
