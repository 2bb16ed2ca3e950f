"""The frame of every script: arguments in, a log of its own, one clear message when it fails."""

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

from budama.system.errors import BudamaError
from budama.system.files.atomic import explained
from budama.system.job.orphans import end_with_the_workflow
from budama.system.job.progress import use_terminal
from budama.system.job.work import measured
from budama.system.machine.locks import await_lock

Arguments = argparse.Namespace
log = logging.getLogger("budama")


def run(
    main: Callable[[Arguments], None],
    paths: Sequence[str],
    *,
    description: str | None,
    lists: Sequence[str] = (),
    compute: bool = False,
    training: bool = False,
) -> None:
    """Parse the command line and call ``main`` with it, everything printed going to ``--log``.

    ``paths`` and ``lists`` name the options that take one path and several. Every script also takes
    ``--settings`` (JSON: what of the config this stage depends on; ``-`` reads it from standard
    input, as it must where it is longer than a word of a command may be), and with ``compute``
    ``--device``, ``--threads`` and ``--workers`` (where it runs, which must not matter), with
    ``training`` also ``--save-every`` and ``--tensorboard``.
    Exits with code 1 after one message on the terminal when ``main`` raises.
    """
    parser = argparse.ArgumentParser(description=description)
    for name in paths:
        parser.add_argument(f"--{name}", type=Path, required=True)
    for name in lists:
        parser.add_argument(f"--{name}", type=Path, nargs="*", required=True)
    parser.add_argument(
        "--settings", type=_settings, required=True, help="JSON, or - for standard input"
    )
    parser.add_argument("--log", type=Path, help="write the log here, not to standard error")
    if compute:
        parser.add_argument("--device", default="auto")
        parser.add_argument("--threads", type=int, default=1)
        parser.add_argument("--workers", type=int, default=0)
    if training:
        parser.add_argument("--save-every", type=float, default=600, help="seconds")
        parser.add_argument("--tensorboard", type=Path, help="folder of a board to write")
    arguments = parser.parse_args()

    terminal = os.fdopen(os.dup(2), "w")
    first = _is_first_process()
    use_terminal(terminal if first else None)
    end_with_the_workflow()
    try:
        if arguments.log:
            own_log = arguments.log if first else _own_log(arguments.log)
            _wait_for_an_earlier_job(own_log, terminal)
            _redirect_output(own_log)
        logging.basicConfig(
            level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr
        )
        log.info("%s %s", Path(sys.argv[0]).name, json.dumps(arguments.settings))
        with measured() as found:
            main(arguments)
        log.info("%s", *found)
        # Python would look through all of torch for garbage before it ends: a second of each job
        gc.freeze()
    except BudamaError as error:
        log.error("%s", error)
        _fail(terminal, str(error))
    except Exception as error:
        log.exception("unexpected error")
        where = f"; the traceback is in {arguments.log}" if arguments.log else ""
        _fail(terminal, f"unexpected {type(error).__name__}: {error}{where}")


def _settings(text: str) -> Any:
    return json.loads(sys.stdin.read() if text == "-" else text)


def _is_first_process() -> bool:
    """Whether this is the one process of a job, or the first of those that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


def _own_log(log: Path) -> Path:
    return log.with_suffix(f".process{os.environ['RANK']}.log")


def _wait_for_an_earlier_job(log: Path, terminal: TextIO) -> None:
    """Lock what only one process at a time may do: the job that writes ``log``.

    After a workflow was killed, a job of it may still be ending when a new one starts.
    """
    lock = log.with_name(f".{log.name}.lock")
    with explained(lock):
        await_lock(
            lock, lambda: print(f"waiting for an earlier job: {log}", file=terminal, flush=True)
        )


def _redirect_output(path: Path) -> None:
    """Send file descriptors 1 and 2 to ``path``: compiled libraries print there, too."""
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _fail(terminal: TextIO, message: str) -> NoReturn:
    print(f"error: {message}", file=terminal, flush=True)
    sys.exit(1)
