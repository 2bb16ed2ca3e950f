"""Try the cut on many architectures: ``make architectures`` prints the table and writes it.

    python -m tools.architectures [OUTPUT.md]

Each network (random weights) is cut in both scopes at two ratios. It must then compute what the
dense one does without those channels, be stored and rebuilt with equal outputs, and agree with its
ONNX export; or be refused with a sentence.
"""

import copy
import logging
import sys
import tempfile
import warnings
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from budama.api import prune_model
from budama.config.budget import Scope
from budama.models.architecture import build
from budama.models.figures import figures
from budama.models.onnx.export import compare, to_onnx
from budama.models.preprocessing import Input
from budama.models.store import save_model
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError

ARCHITECTURES = (
    *("torchvision/resnet18", "torchvision/resnet50", "torchvision/resnext50_32x4d"),
    *("torchvision/wide_resnet50_2", "torchvision/densenet121", "torchvision/vgg16_bn"),
    *("torchvision/mobilenet_v2", "torchvision/mobilenet_v3_large", "torchvision/efficientnet_b0"),
    *("torchvision/efficientnet_b4", "torchvision/efficientnet_v2_s", "torchvision/regnet_y_400mf"),
    *("torchvision/convnext_tiny", "torchvision/mnasnet1_0", "torchvision/shufflenet_v2_x1_0"),
    *("torchvision/squeezenet1_1", "timm/tf_efficientnet_lite0", "timm/inception_v4"),
    *("timm/hrnet_w18_small", "timm/res2net50_26w_4s", "timm/ghostnet_100", "timm/nfnet_l0"),
    *("timm/seresnet50", "timm/repvgg_a0", "timm/dla34", "timm/vit_tiny_patch16_224"),
)
INTRODUCTION = """# Architectures

Made by `make architectures`: each network (random weights, 10 classes, 64 pixels unless it needs
more) is cut by group magnitude in both scopes at two channel ratios. The figures are the share of
its MACs that is left. Every cut that has a figure was checked to compute what the dense network
does without those channels (not where layer or group norms mix channels), was stored and rebuilt
with equal outputs, and agrees with its ONNX export. The others are refused with the sentence below.

"""
SIZES = {"timm/inception_v4": 128, "timm/vit_tiny_patch16_224": 224}
SCOPES: tuple[Scope, ...] = ("layer", "global")
RATIOS = (0.1, 0.5)


class Row(NamedTuple):
    """What came of one cut: the share of MACs that is left, or why there is none."""

    macs_left: float | None
    largest_difference: float | None
    refused: str | None


def randomised(model: str) -> nn.Module:
    """Return ``model`` with norms that matter: timm's zeros would hide mistakes."""
    torch.manual_seed(0)
    network = build(model, 10)
    for layer in network.modules():
        if isinstance(layer, nn.modules.batchnorm._BatchNorm) and layer.affine:
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.2, 0.2)
    return network.eval()


def attempt(model: str, scope: Scope, ratio: float, *, onnx: bool = True) -> Row:
    """Cut, run, store, rebuild and export ``model``; asserts that all agree."""
    size = SIZES.get(model, 64)
    dense = randomised(model)
    before = figures(dense, size)
    images = torch.randn(2, 3, size, size)
    try:
        network, _, kept = prune_model(dense, images, [], "magnitude", scope, {"channels": ratio})
    except BudamaError as error:
        return Row(None, None, str(error))
    with torch.no_grad():
        expected = network(images)
    assert expected.shape == (2, 10)
    assert torch.isfinite(expected).all()
    spec = Input(size=size, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.safetensors"
        save_model(
            path,
            network,
            architecture=model,
            classes=[str(i) for i in range(10)],
            spec=spec,
            kept=kept,
            sizes=sizes,
            provenance={},
        )
        rebuilt, description = load_model(path)
    with torch.no_grad():
        assert torch.equal(rebuilt(images), expected)
    difference = None
    if onnx:
        found = compare(network, to_onnx(copy.deepcopy(network), size, {}), images)
        scale = float(expected.abs().max())
        difference = found["largest_difference"] / max(scale, 1e-6)
        assert difference < 1e-3, f"ONNX differs by {difference}"
    return Row(description.figures.macs / before.macs, difference, None)


def main() -> None:
    """Print the table, and write it where the first argument says."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    heads = [f"{scope} {ratio:.0%}" for scope in SCOPES for ratio in RATIOS]
    lines = [
        f"| architecture | {' | '.join(heads)} | ONNX, largest relative difference |",
        f"|---|{'---:|' * len(heads)}---:|",
    ]
    print("\n".join(lines), flush=True)
    refusals: dict[str, str] = {}
    failed = False
    for model in ARCHITECTURES:
        cells, worst = [], 0.0
        for scope in SCOPES:
            for ratio in RATIOS:
                try:
                    row = attempt(model, scope, ratio)
                except Exception as error:
                    failed = True
                    cells.append(f"FAILED: {type(error).__name__} {' '.join(str(error).split())}")
                    continue
                worst = max(worst, row.largest_difference or 0)
                cells.append("refused" if row.refused else f"{row.macs_left:.3f}")
                if row.refused:
                    refusals.setdefault(model, row.refused)
        lines.append(f"| {model} | {' | '.join(cells)} | {f'{worst:.0e}' if worst else '–'} |")
        print(lines[-1], flush=True)
    reasons = [f"- {model}: {reason}" for model, reason in refusals.items()]
    text = "\n".join([*lines, "", "Refused (the first reason):", "", *reasons]) + "\n"
    print("\n".join(reasons), flush=True)
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(INTRODUCTION + text)
    sys.exit(failed)


if __name__ == "__main__":
    main()
