"""Packages: which are pinned, and which are installed."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

# One build of ONNX Runtime stands in for another, for the sake of its providers.
_STANDS_FOR = {"onnxruntime-gpu": ("onnxruntime", "onnxruntime-openvino")}


def pins(requirements: Path) -> Iterator[tuple[str, str]]:
    """Yield name and version of every pin that holds on this machine."""
    for line in requirements.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.lstrip().startswith(("#", "-")):
            continue
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate():
            yield pin.name, next(iter(pin.specifier)).version


def installed(name: str) -> str | None:
    """Return the installed version of a package, or of one that stands in for it."""
    for package in (name, *_STANDS_FOR.get(name, ())):
        try:
            return version(package)
        except PackageNotFoundError:
            continue
    return None
