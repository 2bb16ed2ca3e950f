"""Which networks the census tries."""

import torchvision

TIMM: dict[str, tuple[str, ...]] = {"vision_transformer": ("vit_tiny_patch16_224",), "ghostnet": ("ghostnet_100",)}


def networks() -> list[str]:
    """Return the names of all networks: torchvision's classification models, then timm's."""
    theirs = torchvision.models.list_models(module=torchvision.models)
    return [f"torchvision/{m}" for m in theirs] + [f"timm/{m}" for ms in TIMM.values() for m in ms]
