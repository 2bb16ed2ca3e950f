"""The frame of every script: arguments in, a log of its own, one clear message when it fails."""

import gc
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from budama.system.errors import BudamaError
from budama.system.files.atomic import explained
from budama.system.job.binding import Parser, Stage, bind, every_stage
from budama.system.job.imports import load_without_compiler
from budama.system.job.orphans import end_with_the_workflow
from budama.system.job.progress import use_terminal
from budama.system.job.terminal import messages
from budama.system.job.work import timed
from budama.system.machine.locks import await_lock

log = logging.getLogger("budama")


@contextmanager
def job(description: str | None) -> Iterator[Callable[[Stage], None]]:
    """Yield what runs a stage: it takes the stage's function and binds the command line to it.

    Everything that is printed meanwhile goes to ``--log``. The stage is imported inside, so that
    libraries load after the log is opened and an earlier job has ended, and so that an import that
    fails is reported like any other mistake. ``description`` is what ``--help`` says.
    Exits with code 1 after one message on the terminal when anything inside raises.
    """
    # what imports make stays: looking for garbage meanwhile would take a tenth of their time
    gc.disable()
    load_without_compiler()
    first = _is_first_process()
    use_terminal(messages if first else None)
    end_with_the_workflow()
    path = None
    try:
        path, text = _log_and_settings()
        if path:
            own_log = path if first else _own_log(path)
            _wait_for_an_earlier_job(own_log)
            _redirect_output(own_log)
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
        )
        settings = _read(text)
        if text is not None:
            log.info("%s %s", Path(sys.argv[0]).name, json.dumps(settings))

        def run(stage: Stage) -> None:
            arguments = bind(stage, settings, description)
            gc.enable()
            log.info("%s", timed(lambda: stage(**arguments)))

        yield run
        # Python would look through all of torch for garbage before it ends: a second of each job
        gc.freeze()
    except BudamaError as error:
        log.error("%s", error)
        _fail(str(error))
    except Exception as error:
        log.exception("unexpected error")
        where = f"; the traceback is in {path}" if path else ""
        _fail(f"unexpected {type(error).__name__}: {error}{where}")


def _log_and_settings() -> tuple[Path | None, str | None]:
    """Return what ``--log`` and ``--settings`` say; the rest waits until the stage is known."""
    parser = Parser(add_help=False)
    every_stage(parser, required=False)
    given, _ = parser.parse_known_args()
    return given.log, given.settings


def _read(settings: str | None) -> Any:
    if settings is None:
        return None
    text = sys.stdin.read() if settings == "-" else settings
    try:
        return json.loads(text)
    except ValueError as error:
        raise BudamaError(f"--settings: this is not valid JSON: {error}") from error


def _is_first_process() -> bool:
    """Whether this is the one process of a job, or the first of those that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


def _own_log(log: Path) -> Path:
    return log.with_suffix(f".process{os.environ['RANK']}.log")


def _wait_for_an_earlier_job(log: Path) -> None:
    """Lock what only one process at a time may do: the job that writes ``log``.

    After a workflow was killed, a job of it may still be ending when a new one starts.
    """
    lock = log.with_name(f".{log.name}.lock")
    with explained(lock):
        await_lock(
            lock, lambda: print(f"waiting for an earlier job: {log}", file=messages, flush=True)
        )


def _redirect_output(path: Path) -> None:
    """Send file descriptors 1 and 2 to ``path``: compiled libraries print there, too."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _fail(message: str) -> NoReturn:
    print(f"error: {message}", file=messages, flush=True)
    sys.exit(1)
