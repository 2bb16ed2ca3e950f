"""No test of a repair leaves a thread behind: its passes run in threads of their own."""

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def nothing_is_left_running() -> Iterator[None]:
    before = threading.active_count()
    yield
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(0.05)
    assert threading.active_count() == before
