"""Models on disk: safetensors and JSON, which cannot hold code.

A model is two files: ``NAME.safetensors`` with its tensors and ``NAME.json`` with its
``Description``. The second is written last and carries the first one's SHA-256, so a pair that does
not belong together is noticed.
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from pydantic import Field, ValidationError
from safetensors import SafetensorError
from torch import nn

from budama.config.base import Strict
from budama.models.figures import Figures, figures
from budama.models.preprocessing import Input
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_bytes, write_text
from budama.system.files.json_file import read_json

# A description is all that decides how much memory is taken: ImageNet-21k has 21,841.
MOST_CLASSES = 100_000
PICKLE_STARTS = (b"PK\x03\x04", b"\x80")


class Description(Strict):
    """All that is needed to rebuild a model, and where it comes from.

    ``kept`` maps each pruned layer to the channels of the dense model that are left, ascending;
    layers that it does not name are whole. ``sizes`` are the attributes of modules that differ from
    the dense model's, by ``MODULE.ATTRIBUTE``. ``biases`` are the layers that were given a bias,
    which the architecture does not have. ``options`` are what the architecture is built with.
    """

    format: int = Field(1, ge=1, le=1)
    architecture: str
    options: dict[str, Any] = {}
    classes: list[str] = Field(min_length=1, max_length=MOST_CLASSES)
    input: Input
    kept: dict[str, list[int]] = {}
    sizes: dict[str, int | bool | list[int]] = {}
    biases: list[str] = []
    figures: Figures
    provenance: dict[str, Any]
    sha256: str


def description_path(weights: Path) -> Path:
    """Return the JSON that stands beside a model's safetensors file."""
    return weights.with_suffix(".json")


def save_model(
    path: Path,
    network: nn.Module,
    *,
    architecture: str,
    classes: list[str],
    spec: Input,
    kept: dict[str, list[int]],
    provenance: dict[str, Any],
    options: Mapping[str, Any] | None = None,
    sizes: Mapping[str, Any] | None = None,
    biases: Sequence[str] = (),
) -> Description:
    """Write ``network`` to ``path`` (``.safetensors``) and its description beside it."""
    # clones: the format has no way to say that two layers share their numbers
    tensors = {
        name: value.detach().cpu().contiguous().clone()
        for name, value in network.state_dict().items()
    }
    data = safetensors.torch.save(tensors)
    description = Description(
        architecture=architecture,
        options=dict(options or {}),
        classes=classes,
        input=spec,
        kept=kept,
        sizes={name: _plain(value) for name, value in (sizes or {}).items()},
        biases=list(biases),
        figures=figures(network, spec.size),
        provenance=provenance,
        sha256=hashlib.sha256(data).hexdigest(),
    )
    write_bytes(path, data)
    write_text(description_path(path), description.model_dump_json(indent=2) + "\n")
    return description


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def read_description(path: Path) -> Description:
    """Read the description of the model at ``path`` (the ``.safetensors`` file)."""
    sidecar = description_path(path)
    try:
        return Description.model_validate(read_json(sidecar))
    except ValidationError as error:
        reason = " ".join(str(error).split())
        raise BudamaError(f"{sidecar}: is not a model description: {reason}") from error


def read_tensors(
    path: Path, sha256: str | None = None, *, remedy: str = "delete it and run again"
) -> dict[str, torch.Tensor]:
    """Read a safetensors file; with ``sha256``, only if its content has that hash.

    ``remedy`` is what to do about a damaged one. Raises ``BudamaError`` that says if the file is
    missing, a pickle, truncated or another one.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BudamaError(f"{path}: cannot be read: {error.strerror}") from error
    # A safetensors file starts with its header's length, whose bytes can be any, and then a brace.
    if data.startswith(PICKLE_STARTS) and data[8:9] != b"{":
        raise BudamaError(
            f"{path}: is a PyTorch pickle, which can run code when it is loaded. Convert it where "
            "you trust it: safetensors.torch.save_file(torch.load(PATH, weights_only=True), NEW)"
        )
    if len(data) < 8 or struct.unpack("<Q", data[:8])[0] > len(data) - 8:  # noqa: PLR2004
        raise BudamaError(f"{path}: is truncated or no safetensors file; {remedy}")
    if sha256 and hashlib.sha256(data).hexdigest() != sha256:
        raise BudamaError(
            f"{path}: is truncated or damaged, or belongs to another description: "
            f"{description_path(path).name} gives another SHA-256; delete both and run again"
        )
    try:
        return safetensors.torch.load(data)
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:
        # the library itself refuses offsets outside the file, overlaps and lengths that do not
        # fit the shapes; a type of number that it knows and torch does not is a KeyError
        raise BudamaError(f"{path}: is truncated or damaged ({error}); {remedy}") from error
