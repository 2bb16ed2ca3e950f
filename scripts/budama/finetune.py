"""The second training stage: a pruned model's recovery, and the dense control's extra training."""

from pathlib import Path

from budama.config.recipe import Recipe
from budama.data.prepare import PreparedData
from budama.device import Where
from budama.models.rebuild import load_model
from budama.models.store import save_model
from budama.training import train, write_curve


def finetune(
    *, recipe: Recipe, seed: int, start: Path, data: Path, output: Path, curve: Path, where: Where
) -> None:
    """Train the model at ``start`` further; write it and its learning curve.

    Row 0 of the curve is the accuracy before training: right after the cut, on validation images.
    """
    device = where.prepare(seed)
    network, description = load_model(start)
    images = PreparedData.open(data)
    epochs = train(network, images, description.input, recipe, seed, device, where.workers)
    save_model(
        output,
        network,
        architecture=description.architecture,
        classes=description.classes,
        spec=description.input,
        kept=description.kept,
        provenance=description.provenance
        | {
            "stage": "finetune",
            "start_sha256": description.sha256,
            "recipe": recipe.model_dump(mode="json"),
            "finetune_seed": seed,
            "device": device.type,
        },
    )
    write_curve(curve, epochs)
