"""The machine's NVIDIA GPUs, asked without importing torch: the workflow does it while it plans.

What a GPU is and does is read from nvidia-smi. NVIDIA's own binding, nvidia-ml-py, would read the
same, but torch imports it wherever it is installed: 0.04 s or more of every job, on a GPU or not.
"""

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

VISIBLE = "CUDA_VISIBLE_DEVICES"
_CONTROL = Path("/dev/nvidiactl")
_DRIVER = Path("/proc/driver/nvidia/version")
_STATE = ("name", "uuid", "clocks.sm", "clocks.max.sm", "temperature.gpu", "utilization.gpu")


def has_gpu() -> bool:
    """Whether an NVIDIA driver is loaded here."""
    return _CONTROL.exists()


def driver_version() -> str | None:
    """Return the version of the loaded NVIDIA driver, or ``None``."""
    try:
        words = _DRIVER.read_text(encoding="utf-8").split()
    except OSError:
        return None
    return next((word for word in words if word[0].isdigit() and "." in word), None)


def visible_gpus(environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the GPUs that a process may use, as CUDA names them: numbers or UUIDs.

    Those in ``CUDA_VISIBLE_DEVICES`` where it is set (by the user or by SLURM), or else all.
    """
    if VISIBLE not in environment:
        number = sum(path.name[len("nvidia") :].isdecimal() for path in _device_files())
        return [str(index) for index in range(number)]
    named = [name.strip() for name in environment[VISIBLE].split(",")]
    # as CUDA reads it: what stands behind an invalid name does not exist
    invalid = (place for place, name in enumerate(named) if name in ("", "-1", "NoDevFiles"))
    return list(dict.fromkeys(named[: next(invalid, len(named))]))


def gpu_state() -> dict[str, str]:
    """Return name, UUID, clocks (MHz), temperature (°C) and use (%) of the first visible GPU.

    As nvidia-smi words them, by the names of its queries; nothing where it tells nothing.
    """
    return next((_query(gpu) for gpu in visible_gpus()), {})


def gpu_name() -> str:
    """Return the name of the first visible GPU, or nothing."""
    return next((_name(gpu) for gpu in visible_gpus()), "")


@cache  # each measurement asks, and a GPU at rest takes a second to answer
def _name(gpu: str) -> str:
    return _query(gpu).get("name", "")


def _query(gpu: str) -> dict[str, str]:
    import csv
    import subprocess

    command = ["nvidia-smi", f"--id={gpu}", f"--query-gpu={','.join(_STATE)}"]
    try:
        done = subprocess.run(
            [*command, "--format=csv,noheader,nounits"],
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    row = next(csv.reader([done.stdout.splitlines()[0]], skipinitialspace=True))
    return dict(zip(_STATE, row, strict=True))


def _device_files() -> Iterable[Path]:
    return Path("/dev").glob("nvidia[0-9]*")
