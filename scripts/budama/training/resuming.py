"""How a training stage survives an interruption: what its sidecar is bound to.

Imports torch only where there is a state to save: what is not trained does without.
"""

import hashlib
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from budama.data.layout import SPLITS
from budama.system.reruns.code import code_behind
from budama.system.reruns.fingerprint import fingerprint

if TYPE_CHECKING:
    from budama.training.sidecar import Sidecar


@dataclass(frozen=True)
class Resuming:
    """How often the state is saved, in seconds, and the folder of the board, if one is wanted.

    ``code`` are the files whose change makes a saved state worthless.
    """

    every_s: float = 600
    tensorboard: Path | None = None
    code: tuple[Path, ...] = ()

    @classmethod
    def options(cls, parser: ArgumentParser) -> None:
        """Add the options that the workflow gives a training job."""
        parser.add_argument("--save-every", type=float, default=cls.every_s, help="seconds")
        parser.add_argument("--tensorboard", type=Path, help="folder of a board to write")

    @classmethod
    def of(cls, arguments: Namespace) -> "Resuming":
        """Return what the options say, bound to the code of the script that runs."""
        return cls(arguments.save_every, arguments.tensorboard, code_behind(Path(sys.argv[0])))

    def sidecar(self, folder: Path, *, data: Path, owned: bool, **parts: str) -> "Sidecar":
        """Return the sidecar in ``folder`` of a job with these settings and inputs.

        Of several processes, only one has ``owned`` it.
        """
        from budama.training.sidecar import NAME, Sidecar

        fingerprint = parts | {
            "data": _digest([data / SPLITS]),
            "code": _digest(self.code),
        }
        return Sidecar(folder / NAME, fingerprint, self.every_s, owned=owned)

    def done(self, folder: Path) -> None:
        """Forget the state, and one that was set aside, after the outputs are written."""
        from budama.training.sidecar import NAME, SET_ASIDE

        for name in (NAME, SET_ASIDE):
            (folder / name).unlink(missing_ok=True)


def _digest(files: "tuple[Path, ...] | list[Path]") -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(fingerprint(file).encode())
    return digest.hexdigest()
