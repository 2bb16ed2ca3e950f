"""What an interrupted training job goes on from: one file beside its outputs, gone when it is done.

Written whole or not at all, so that a job may be killed at any moment. Safetensors and JSON: it
cannot hold code.
"""

import json
import logging
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open

from budama.system.files.atomic import write_bytes

log = logging.getLogger("budama")
Tensors = dict[str, torch.Tensor]
NAME = "training-state.safetensors"
SET_ASIDE = f"{NAME}.set-aside"


class Sidecar:
    """The state of a training job on disk, and when it is due.

    ``fingerprint`` says what the state belongs to, part by part; a state of another one is set
    aside. ``every_s`` is the number of seconds after which a step is followed by a save. A process
    that has not ``owned`` the file reads it and leaves it alone.
    """

    def __init__(
        self, path: Path, fingerprint: dict[str, str], every_s: float = 600, *, owned: bool = True
    ) -> None:
        self._path = path
        self._owned = owned
        self._fingerprint = fingerprint
        self._every = every_s
        self._last = time.monotonic()

    @property
    def due(self) -> bool:
        """Whether the last save is long enough ago, and the next one this process's to make."""
        return self._owned and time.monotonic() - self._last >= self._every

    def save(self, tensors: Tensors, progress: dict[str, Any]) -> None:
        """Write the state, atomically; ``progress`` is JSON."""
        metadata = {
            "fingerprint": json.dumps(self._fingerprint),
            "progress": json.dumps(progress),
        }
        whole = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        write_bytes(self._path, safetensors.torch.save(whole, metadata))
        self._last = time.monotonic()

    def load(self) -> tuple[Tensors, dict[str, Any]] | None:
        """Return the state that was saved, or nothing; one that does not fit is set aside."""
        if not self._path.exists():
            return None
        try:
            with safe_open(self._path, "pt") as file:
                metadata = file.metadata() or {}
                found = json.loads(metadata["fingerprint"])
                progress = json.loads(metadata["progress"])
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, OSError, KeyError, ValueError) as error:
            self._set_aside(f"it cannot be read ({error})")
            return None
        changed = [
            part
            for part in {**self._fingerprint, **found}
            if self._fingerprint.get(part) != found.get(part)
        ]
        if changed:
            self._set_aside(f"it was made with other {' and '.join(changed)}")
            return None
        return tensors, progress

    def _set_aside(self, reason: str) -> None:
        if not self._owned:
            return
        aside = self._path.with_name(SET_ASIDE)
        self._path.replace(aside)
        log.warning("%s: set aside as %s, because %s", self._path, aside.name, reason)


class Stop:
    """Whether somebody has asked the process to stop."""

    asked = False


@contextmanager
def stop_at_sigterm() -> Iterator[Stop]:
    """Let a training loop finish its step and save when SIGTERM comes, instead of dying in it."""
    stop = Stop()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.asked = True

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)
