"""Work in a fresh process, with the environment that a model would be shipped to."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from budama.latency import process
from budama.latency.providers import Target
from budama.system.errors import BudamaError


def in_fresh_process(
    work: str, files: Sequence[Path], targets: Sequence[Target], **more: Any
) -> dict[str, Any]:
    """Return what ``work``, a function of ``latency.process``, returns for files on their targets.

    Raises ``BudamaError`` with its error, or if the process dies.
    """
    given = {
        "work": work,
        "files": [str(file) for file in files],
        "targets": [asdict(target) for target in targets],
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-m", process.__name__],
        input=json.dumps(given),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env=as_shipped(targets),
    )
    if done.returncode:
        raise BudamaError(
            f"the process that ran {files[-1]} ended with code {done.returncode}; the log holds "
            "what it printed"
        )
    found: dict[str, Any] = json.loads(done.stdout)
    if "error" in found:
        raise BudamaError(found["error"])
    return found


def as_shipped(targets: Sequence[Target]) -> dict[str, str]:
    """Return the environment without what the workflow sets for its own speed: memory as usual."""
    usual = {key: value for key, value in os.environ.items() if not key.startswith("MALLOC_")}
    if any(target.precision == "tf32" for target in targets):
        return usual
    return usual | {"NVIDIA_TF32_OVERRIDE": "0"}  # TensorRT has no option of its own for it
