"""The same work on many items in several processes, any of which may die."""

import multiprocessing
import os
import signal
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from budama.system.errors import BudamaError

Item = TypeVar("Item")
Result = TypeVar("Result")
CHUNK = 32  # items per message between processes
AHEAD = 4  # chunks that wait per process: bounds the memory, whatever the number of items
MOST_DEATHS_IN_A_ROW = 5

_work: Callable[[Any], Any]


def each_in_processes(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    processes: int,
    when_it_dies: Callable[[Item], Result],
) -> Iterator[Result]:
    """Yield ``work(item)`` for each item, in order, whatever the number of processes.

    With 0 processes the work is done in this one. ``work`` must be picklable. What it raises is
    raised here. An item at which a process dies (a crash in a decoder, the system's killer for want
    of memory) is tried once more on its own; if it dies again, ``when_it_dies(item)`` is yielded in
    its place. Raises ``BudamaError`` if processes cannot live at all.
    """
    if processes == 0:
        yield from map(work, items)
        return
    chunks = (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))
    waiting: deque[tuple[Sequence[Item], Future[list[Result]]]] = deque()
    pool = _pool(work, processes)
    try:
        while True:
            while len(waiting) < AHEAD * processes and (chunk := next(chunks, None)) is not None:
                waiting.append((chunk, _submit(pool, chunk)))
            if not waiting:
                return
            chunk, future = waiting.popleft()
            try:
                yield from future.result()
            except BrokenProcessPool:  # one dead process ends them all
                pool.shutdown(cancel_futures=True)
                yield from _one_by_one(work, chunk, when_it_dies)
                pool = _pool(work, processes)
                waiting = deque(
                    (c, f if f.done() and not f.exception() else _submit(pool, c))
                    for c, f in waiting
                )
    finally:
        pool.shutdown(cancel_futures=True)


def _one_by_one(
    work: Callable[[Item], Result],
    chunk: Sequence[Item],
    when_it_dies: Callable[[Item], Result],
) -> Iterator[Result]:
    pool, deaths = _pool(work, 1), 0
    try:
        for item in chunk:
            try:
                yield from _submit(pool, [item]).result()
                deaths = 0
            except BrokenProcessPool as error:
                deaths += 1
                if deaths == MOST_DEATHS_IN_A_ROW:
                    raise BudamaError(
                        "the processes that read images end at once, one after the other; the log "
                        "may say why. If memory is short, use fewer threads"
                    ) from error
                pool.shutdown(cancel_futures=True)
                pool = _pool(work, 1)
                yield when_it_dies(item)
    finally:
        pool.shutdown(cancel_futures=True)


def _pool(work: Callable[[Any], Any], processes: int) -> ProcessPoolExecutor:
    # spawn: a fork would copy the threads' locks of the progress bar
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, context, initializer=_begin, initargs=(work,))


def _submit(pool: ProcessPoolExecutor, chunk: Sequence[Any]) -> "Future[list[Any]]":
    try:
        return pool.submit(_do, chunk)
    except BrokenProcessPool as error:
        broken: Future[list[Any]] = Future()
        broken.set_exception(error)
        return broken


def _begin(work: Callable[[Any], Any]) -> None:
    """Set a process up: it works quietly, and ends when the one that started it does."""
    global _work  # noqa: PLW0603 - sent once per process, not once per chunk
    _work = work
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _do(chunk: Sequence[Any]) -> list[Any]:
    return [_work(item) for item in chunk]
