import os
import pty

import pytest

from budama.system.job import progress

END = "<END>"


@pytest.fixture(autouse=True)
def _ordinary_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rich draws no bar where TERM is dumb, and cuts it to COLUMNS."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def drawn_by(jobs: int) -> str:
    """Return what ``jobs`` loops, one inside the other, draw on one terminal."""
    leader, follower = pty.openpty()
    terminal = os.fdopen(follower, "w")
    progress.use_terminal(terminal)
    try:
        for _ in progress.track(range(2), 2, "outer", "images"):
            if jobs > 1:
                list(progress.track(range(2), 2, "inner"))
        # What was drawn reaches the other end in pieces, and in order.
        print(END, file=terminal, flush=True)
        text = ""
        while END not in text:
            text += os.read(leader, 100_000).decode(errors="replace")
        return text
    finally:
        progress.use_terminal(None)
        terminal.close()
        os.close(leader)


def test_a_terminal_shows_a_bar_with_its_rate() -> None:
    text = drawn_by(1)
    assert "outer" in text
    assert "2/2" in text
    assert "images/s" in text


def test_two_loops_do_not_draw_on_one_terminal() -> None:
    text = drawn_by(2)
    assert "outer" in text
    assert "inner" not in text
