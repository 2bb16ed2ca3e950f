"""Networks by name: of timm, torchvision and Hugging Face's hub, and the user's own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pickle import UnpicklingError
from typing import Any

import timm
import torch
import torchvision
from timm.data import resolve_model_data_config
from timm.models import PretrainedCfg, load_model_config_from_hf
from torch import nn
from torchvision.transforms.functional import InterpolationMode

from budama.config.data import Preprocessing
from budama.config.network import HUB
from budama.models.fitting import find_tensors, fit, heads_of
from budama.models.names import check_model, is_hub
from budama.models.own import build_own, is_own
from budama.models.preprocessing import Input
from budama.system.errors import BudamaError


def build(
    model: str, classes: int, options: Mapping[str, Any] | None = None, *, pretrained: bool = False
) -> nn.Module:
    """Return the architecture ``model`` with ``classes`` outputs, and without auxiliary heads.

    ``options`` are keywords of its maker. Its weights are random, or with ``pretrained`` those of
    the library's default tag, fetched from the internet or the local cache; the classifier is then
    random if its size differs. ``file:`` models run the user's code.
    Raises ``BudamaError`` for an unknown name and for weights that cannot be fetched.
    """
    check_model(model)
    options = dict(options or {})
    if is_own(model):
        return build_own(model, classes, options)
    library, _, name = model.partition("/")
    forbidden = sorted(_SOURCES.intersection(options))
    if forbidden:
        raise BudamaError(f"{model}: the option '{forbidden[0]}' is not one of an architecture")
    maker = _hub if is_hub(model) else _BUILDERS[library]
    try:
        with _said_of_fetching(model, pretrained=pretrained):
            network = maker(model if is_hub(model) else name, classes, pretrained, options)
    except TypeError as error:
        if not options:
            raise
        raise BudamaError(f"{model} takes no such options: {error}") from error
    if not isinstance(network, nn.Module):
        raise BudamaError(f"{model} is not an image classifier")
    return network


def settled(model: str, options: Mapping[str, Any] | None, size: int) -> tuple[str, dict[str, Any]]:
    """Return the architecture and the options that ``model`` stands for at ``size`` pixels.

    With them ``build`` makes the same network anywhere: one of Hugging Face's hub is named as timm
    knows it, and networks of timm that are built for one size of images are given it. Raises
    ``BudamaError`` if the hub cannot be reached.
    """
    if is_own(model):
        return model, dict(options or {})
    found, config = dict(options or {}), {}
    elsewhere = is_hub(model)
    if elsewhere:
        with _said_of_fetching(model, pretrained=True):
            config, name, own = load_model_config_from_hf(model.removeprefix(HUB))
        found |= {key: value for key, value in (own or {}).items() if key not in _SOURCES}
        model = f"timm/{name}"
        check_model(model)
        if config.get("global_pool"):
            found.setdefault("global_pool", config["global_pool"])
    elif model.startswith("timm/"):
        known = timm.get_pretrained_cfg(model.removeprefix("timm/")) or PretrainedCfg()
        config = known.to_dict()
    if config.get("fixed_input_size") and (
        elsewhere or tuple(config["input_size"][-2:]) != (size, size)
    ):
        found["img_size"] = size
    return model, found


def published_weights(model: str, options: Mapping[str, Any] | None) -> dict[str, torch.Tensor]:
    """Return the pretrained weights of ``model`` with the classifier that they were trained with.

    ``options`` are timm's, such as the size of its images. Raises ``BudamaError`` if they cannot be
    fetched.
    """
    library, _, name = model.partition("/")
    with _said_of_fetching(model, pretrained=True):
        if library == "torchvision":
            return _torchvisions_weights(name)
        whole: nn.Module = timm.create_model(
            name if library == "timm" else model, pretrained=True, **(options or {})
        )
        return whole.state_dict()


@contextmanager
def _said_of_fetching(model: str, *, pretrained: bool) -> Iterator[None]:
    """Say in one sentence why weights, or a model of the hub, could not be had."""
    try:
        yield
    except UnpicklingError as error:
        raise BudamaError(
            f"the pretrained weights of {model} in the local cache are not plain tensors: delete "
            f"the file, so that it is fetched again ({' '.join(str(error).split())[:200]})"
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        if not (pretrained or is_hub(model)):
            raise
        what = f"{model}" if is_hub(model) else f"the pretrained weights of {model}"
        raise BudamaError(
            f"{what} could not be fetched ({type(error).__name__}). "
            "Without internet, set the task's 'weights' to file:PATH or package:NAME"
            + (", and its 'model' to timm/NAME" if is_hub(model) else "")
        ) from error


def native_input(model: str, network: nn.Module, size: int, overrides: Preprocessing) -> Input:
    """Return the preprocessing that ``model`` was trained with, at ``size`` pixels.

    ``overrides`` replace single values. torchvision's comes from the default weights' transforms;
    networks of the user's own are given what most are trained with: ImageNet's mean and deviation,
    bilinear resizing, and nothing of the shorter side cut away.
    """
    library, _, name = model.partition("/")
    if is_own(model):
        values: dict[str, Any] = dict(_USUAL)
    elif library == "timm" or is_hub(model):
        found: dict[str, Any] = resolve_model_data_config(network)
        values = {key: found[key] for key in ("mean", "std", "interpolation")}
        values["crop"] = found["crop_pct"]
    else:
        weights = torchvision.models.get_model_weights(name)
        values = _torchvision_input(weights.DEFAULT.transforms() if len(weights) else None)
    values |= overrides.model_dump(exclude_none=True)
    return Input(size=size, **values)


def _timm(name: str, classes: int, pretrained: bool, options: dict[str, Any]) -> nn.Module:
    network: nn.Module = timm.create_model(
        name, pretrained=pretrained, num_classes=classes, **options
    )
    return network


_hub = _timm  # timm knows these names, too


def _torchvision(name: str, classes: int, pretrained: bool, options: dict[str, Any]) -> nn.Module:
    given = _WITHOUT_AUXILIARY.get(name, {}) | options
    network: nn.Module = torchvision.models.get_model(
        name, weights=None, num_classes=classes, **given
    )
    if pretrained:
        tensors = _torchvisions_weights(name)
        wider = partial(_torchvision, name, classes + 1, pretrained=False, options=options)
        fit(network, find_tensors(tensors, network), lambda: heads_of(network, wider()))
    return network


def _torchvisions_weights(name: str) -> dict[str, torch.Tensor]:
    # without weights_only, torch would run what a file in the cache tells it to
    weights = torchvision.models.get_model_weights(name).DEFAULT
    state: dict[str, torch.Tensor] = weights.get_state_dict(weights_only=True, check_hash=True)
    return state


_BUILDERS = {"timm": _timm, "torchvision": _torchvision}
# Keywords of timm's and torchvision's makers that say where weights come from, or how to run
_SOURCES = {
    *("pretrained", "pretrained_cfg", "pretrained_cfg_overlay", "checkpoint_path", "cache_dir"),
    *("pretrained_model_args", "pretrained_strict", "weights", "progress", "num_classes"),
    *("scriptable", "exportable", "no_jit", "features_only"),
}
# Heads that only help training, from nothing; and the inputs' scale of the published weights
_WITHOUT_AUXILIARY: dict[str, dict[str, Any]] = {
    name: {"aux_logits": False, "init_weights": True, "transform_input": True}
    for name in ("googlenet", "inception_v3")
}
_USUAL = {
    "mean": (0.485, 0.456, 0.406),
    "std": (0.229, 0.224, 0.225),
    "interpolation": "bilinear",
    "crop": 1.0,
}


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
