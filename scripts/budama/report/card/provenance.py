"""Where a model comes from: settings, seeds, versions, hashes, devices and times."""

import hashlib
import platform
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from budama.config.places import ONNX, WEIGHTS
from budama.report.card.files import CellFiles, Json

SCRIPTS = Path(__file__).resolve().parents[3]
REQUIREMENTS = SCRIPTS.parent / "envs/requirements.txt"
PACKAGES = (
    *("torch", "torchvision", "timm", "fvcore", "safetensors"),
    *("onnx", "onnxscript", "onnxruntime-gpu", "numpy", "pandas", "pillow"),
)
_TIME = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}")


def provenance(files: CellFiles, logs: dict[str, Path]) -> Json:
    """Return where the cell comes from; ``logs`` are those of its stages, by their names.

    ``code`` and ``packages`` are those of the moment: the pipeline makes this file anew whenever
    they have changed the model.
    """
    return {
        "cell": files.cell,
        "model": {
            "architecture": files.model["architecture"],
            "figures": files.model["figures"],
            "input": files.model["input"],
        },
        "settings": files.model["provenance"],
        "dense": {"settings": files.dense["provenance"], "figures": files.dense["figures"]},
        "data": {key: files.manifest[key] for key in ("dataset", "fingerprint", "seed", "images")},
        "test": files.tested,
        "export": files.exported,
        "latency": files.latency,
        "sha256": {
            WEIGHTS: files.model["sha256"],
            ONNX: _hash(files.folder / ONNX),
            f"dense {WEIGHTS}": files.dense["sha256"],
        },
        "code": code(),
        "packages": packages(),
        "jobs": {stage: ran for stage, log in logs.items() if (ran := times(log))},
    }


def code() -> Json:
    """Return a hash of the code and the pinned packages, and the commit if git knows one."""
    files = [file for file in (*sorted(SCRIPTS.rglob("*.py")), REQUIREMENTS) if file.is_file()]
    hashes = "".join(_hash(file) for file in files)
    found: Json = {"sha256": hashlib.sha256(hashes.encode()).hexdigest()}
    commit = _git("rev-parse", "HEAD")
    if commit:
        found |= {"commit": commit, "changed_since": bool(_git("status", "--porcelain"))}
    return found


def packages() -> dict[str, str]:
    """Return the installed version of Python and of each package that has a part in results."""
    return {"python": platform.python_version()} | dict(_versions())


def times(log: Path) -> Json | None:
    """Return when the job that wrote ``log`` last began, and the seconds until its last line.

    A job that went on after an interruption counts from there. A log of one line gives no seconds,
    and neither does one in which the clock was set back; none is returned if there is no log.
    """
    if not log.is_file():
        return None
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    stamps = [datetime.fromisoformat(m[0].replace(",", ".")) for m in map(_TIME.match, lines) if m]
    if not stamps:
        return None
    started = {"started": stamps[0].isoformat(timespec="seconds")}
    if len(stamps) == 1 or stamps != sorted(stamps):
        return started
    return started | {"seconds": round((stamps[-1] - stamps[0]).total_seconds(), 1)}


def _versions() -> Iterator[tuple[str, str]]:
    for name in PACKAGES:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _git(*arguments: str) -> str:
    """Return what git says of the workflow's folder; nothing if there is no git or repository."""
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=SCRIPTS, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
