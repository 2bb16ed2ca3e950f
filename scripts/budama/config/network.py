"""What a task says of its network and of the weights to begin with, as far as the text shows it."""

import re
from typing import Any

from budama.config.recipe import NO_TRAINING

MODEL_FORMS = "timm/NAME, torchvision/NAME, hf-hub:ORG/NAME or file:PATH.py:NAME"
OWN = "file:"  # a network of the user's own
HUB = "hf-hub:"  # one of timm's architectures, on Hugging Face's hub
_MODEL = (
    r"(timm|torchvision)/[A-Za-z0-9_.]+"
    rf"|{HUB}[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+(@[A-Za-z0-9_.-]+)?"
    rf"|{OWN}[^{{}}\x00-\x1f\x7f]+\.py:[A-Za-z_]\w*"
)
_WEIGHTS = r"pretrained|random|package:[A-Za-z0-9_-]+|file:.+"


def check_model_form(value: str) -> str:
    """Return the text of ``model``; raises ``ValueError`` unless it has one of ``MODEL_FORMS``."""
    if value.endswith(".onnx"):
        raise ValueError(
            "an ONNX file is no network that can be trained or cut: name the network that it was "
            f"exported from as {MODEL_FORMS}"
        )
    if not re.fullmatch(_MODEL, value):
        raise ValueError(f"write it as {MODEL_FORMS}")
    return value


def check_weights_form(value: str) -> str:
    """Return the text of ``weights``; raises ``ValueError`` unless it names a provider."""
    if not re.fullmatch(_WEIGHTS, value):
        raise ValueError("write it as pretrained, random, package:NAME or file:PATH")
    return value


def check_start(model: str, weights: str, recipe: str, options: dict[str, Any]) -> None:
    """Raise ``ValueError`` if a model cannot begin with such weights, or have such options."""
    if weights == "pretrained" and model.startswith(OWN):
        raise ValueError(
            "weights: pretrained are those that timm and torchvision publish; for a network of "
            "your own write file:PATH, or random"
        )
    if options and not model.startswith(OWN):
        raise ValueError(f"options: only a network of your own has any, {OWN}PATH.py:NAME")
    if recipe == NO_TRAINING and weights == "random":
        raise ValueError(
            "recipe: none takes the dense model as it comes, and random weights have learned "
            "nothing: name a recipe, or weights"
        )
