"""The Python environment: what is installed, beside what is pinned."""

import platform
import shutil
import sys
from pathlib import Path

from packaging.version import Version

from budama.system.reruns.packages import installed, pins
from budama.workflow.doctor.findings import Finding, cannot, fine, listed, note

REPAIR = "make env"
_SLURM = "snakemake-executor-plugin-slurm"


def python() -> Finding:
    """Return which Python runs the jobs."""
    return fine("Python", f"{platform.python_version()}, {sys.executable}")


def packages(requirements: Path) -> list[Finding]:
    """Compare what is installed with the pins in ``requirements``, as uv compiles them."""
    pinned = list(pins(requirements))
    found = {name: installed(name) for name, _ in pinned}
    missing = [name for name, _ in pinned if found[name] is None]
    others = [
        f"{name} {there} (pinned: {wanted})"
        for name, wanted in pinned
        if (there := found[name]) is not None and not _is_version(there, wanted)
    ]
    findings = []
    if missing:
        findings.append(cannot("packages", f"not installed: {listed(missing)}", REPAIR))
    if others:
        advice = f"results may differ from those of the pinned environment: {REPAIR}"
        findings.append(note("packages", listed(others), advice))
    seen = f"{len(pinned)} packages as pinned; Snakemake {installed('snakemake')}"
    return findings or [fine("packages", seen)]


def slurm() -> list[Finding]:
    """Return what there is for a cluster; nothing where there is nothing."""
    plugin, client = installed(_SLURM), shutil.which("sbatch")
    if plugin and client:
        return [fine("SLURM", f"executor plugin {plugin}; sbatch is {client}")]
    if client:
        return [
            note(
                "SLURM",
                f"sbatch is {client}, but Snakemake's executor plugin is not installed",
                f"to send jobs to the cluster: uv pip install {_SLURM}",
            )
        ]
    return []


def _is_version(there: str, wanted: str) -> bool:
    """Whether two versions are the same build: ``2.13.0+cpu`` is not ``2.13.0``."""
    return Version(there) == Version(wanted)
