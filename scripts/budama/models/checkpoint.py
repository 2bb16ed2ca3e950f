"""Checkpoints as people have them, read by readers that cannot run code.

What a file is, its content tells and not its name: safetensors, or what ``torch.save`` wrote, then
read with ``weights_only``. A dictionary may hold its tensors under any names, at any depth.
"""

import pickle
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from budama.models.store import PICKLE_STARTS, read_tensors
from budama.system.errors import BudamaError

Tensors = dict[str, torch.Tensor]
_DEEPEST = 4
_AGAIN = "fetch or copy it again"
_NAMED = 5
# How other files begin, and what they are
_OTHERS = {
    b"\x89HDF": "an HDF5 file, as Keras writes them",
    b"\x1f\x8b": "compressed by gzip: unpack it",
    b"version https://git-lfs": "only a pointer to the file: fetch it by 'git lfs pull'",
    b"<": "a web page, or other text in angle brackets, and no weights: download the file itself",
    b"\x93NUMPY": "a NumPy array",
    b"GGUF": "a GGUF file",
}
# Numbers and texts of numpy, such as the best accuracy so far, run nothing: what makes them, under
# its names of both versions of numpy, and their types
_SCALAR = np.float64(0).__reduce__()[0]
_NUMPY: list[Any] = [
    *((_SCALAR, f"numpy.{core}.multiarray.scalar") for core in ("core", "_core")),
    np.dtype,
    *{type(np.dtype(code)) for code in "?bhilqBHILQefdgSU"},
]
# What torch's reader says of a type that it would have to run code for
_NOT_ALLOWED = re.compile(r"(?:GLOBAL|<class) '?([A-Za-z_][\w.]*)")


def read_checkpoint(path: Path) -> Any:
    """Return what a checkpoint holds: a dictionary of tensors, or whatever was saved.

    Raises ``BudamaError`` that says what the file is, if it is none, damaged, or needs to run code.
    """
    if path.is_dir():
        inside = sorted(p.name for p in path.iterdir() if p.is_file())
        more = f"; there are {', '.join(inside[:_NAMED])}" if inside else ""
        raise BudamaError(f"{path}: is a folder: name the file in it that holds the weights{more}")
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise BudamaError(f"{path}: cannot be read: {error.strerror}") from error
    if not head:
        raise BudamaError(f"{path}: is empty; {_AGAIN}")
    # a safetensors file starts with its header's length, whose bytes can be any, and then a brace
    if head[8:9] == b"{":
        return read_tensors(path, remedy=_AGAIN)
    if path.suffix == ".onnx" or re.match(rb"\x08[\x01-\x20][\x12\x1a\x22\x3a]", head):
        raise BudamaError(
            f"{path}: is an ONNX file, which budama does not start from: give the network that it "
            "was exported from, and its checkpoint"
        )
    if head.startswith(b"PK"):
        _check_archive(path)
    elif not head.startswith(PICKLE_STARTS):
        known = [what for start, what in _OTHERS.items() if head.startswith(start)]
        what = known[0] if known else "neither a safetensors file nor one that torch.save wrote"
        raise BudamaError(f"{path}: is {what}")
    return _load(path)


def state_dicts(content: Any) -> Iterator[tuple[tuple[str, ...], Mapping[str, torch.Tensor]]]:
    """Yield every dictionary in a checkpoint that holds tensors by name, and the keys to it."""
    waiting: list[tuple[tuple[str, ...], Any]] = [((), content)]
    while waiting:
        keys, value = waiting.pop(0)
        if not isinstance(value, Mapping):
            continue
        if any(isinstance(k, str) and isinstance(v, torch.Tensor) for k, v in value.items()):
            yield keys, value
        if len(keys) < _DEEPEST:
            waiting += [((*keys, k), v) for k, v in value.items() if isinstance(k, str)]


def holds_optimiser(content: Any) -> bool:
    """Whether the state of one of PyTorch's optimisers is somewhere in a checkpoint."""
    if not isinstance(content, Mapping):
        return False
    return {"state", "param_groups"} <= content.keys() or any(
        map(holds_optimiser, content.values())
    )


def _check_archive(path: Path) -> None:
    """Raise ``BudamaError`` unless a zip file is one that ``torch.save`` wrote."""
    if not zipfile.is_zipfile(path):
        raise BudamaError(f"{path}: is truncated, or damaged at its end; {_AGAIN}")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise BudamaError(f"{path}: is damaged ({error}); {_AGAIN}") from error
    inside = [name.partition("/")[2] for name in names]
    if "constants.pkl" in inside and any(name.startswith("code/") for name in inside):
        raise BudamaError(
            f"{path}: is a TorchScript archive: a program, not weights. Where you trust it: import "
            f"torch; torch.save(torch.jit.load({str(path)!r}).state_dict(), {_plain(path)!r})"
        )
    if "data.pkl" not in inside:
        some = ", ".join(names[:_NAMED]) or "nothing"
        raise BudamaError(
            f"{path}: is a zip archive that torch.save did not write (it holds {some}): unpack it "
            "and name the checkpoint in it"
        )


def _load(path: Path) -> Any:
    try:
        # of a name, torch would look at its ending
        with path.open("rb") as file, torch.serialization.safe_globals(_NUMPY):
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise BudamaError(_not_plain(path, str(error))) from error
    except Exception as error:  # torch's readers raise all kinds for damaged files
        raise BudamaError(
            f"{path}: is truncated or damaged ({type(error).__name__}: "
            f"{' '.join(str(error).split())[:120]}); {_AGAIN}"
        ) from error


def _not_plain(path: Path, reason: str) -> str:
    found = _NOT_ALLOWED.search(reason)
    if not found:
        return f"{path}: is damaged, or a pickle that torch.save did not write; {_AGAIN}"
    load = f"import torch; found = torch.load({str(path)!r}, weights_only=False); torch.save("
    return (
        f"{path}: holds objects of the type {found[1]}, and reading them could run code, so budama "
        "does not. Where you trust it, convert it once in Python. If a whole network was saved: "
        f"{load}found.state_dict(), {_plain(path)!r}). If it is a dictionary, with the key that "
        f"holds the tensors: {load}found['state_dict'], {_plain(path)!r})"
    )


def _plain(path: Path) -> str:
    """Return the name of a file for the tensors of ``path`` alone."""
    return str(path.with_name(f"{path.name.partition('.')[0]}-weights.pth"))
