"""The first training stage: the dense model, from pretrained weights to the task's classes."""

from pathlib import Path

from budama.config.data import Preprocessing
from budama.config.recipe import Recipe
from budama.data.prepared import PreparedData
from budama.models.architecture import native_input
from budama.models.store import save_model
from budama.models.weights import dense_model
from budama.system.job.device import Execution
from budama.training.curve import kept_epoch
from budama.training.engine import TrainingJob, train
from budama.training.processes import joined
from budama.training.resuming import Resuming


def dense(
    *,
    model: str,
    weights: str,
    weights_sha256: str | None,
    image_size: int,
    preprocessing: Preprocessing,
    recipe: Recipe,
    seed: int,
    data: Path,
    output: Path,
    curve: Path,
    execution: Execution,
    resuming: Resuming,
) -> None:
    """Fine-tune ``model`` on the task's training images; write it and its learning curve."""
    device = execution.prepare(seed)
    images = PreparedData.open(data)
    network = dense_model(model, len(images.classes), weights, weights_sha256)
    spec = native_input(model, network, image_size, preprocessing)
    with joined(device) as processes:
        learned = train(
            network,
            TrainingJob(
                data=images,
                spec=spec,
                recipe=recipe,
                seed=seed,
                device=device,
                workers=execution.workers,
                processes=processes,
                sidecar=resuming.sidecar(
                    output.parent,
                    owned=processes.first,
                    recipe=recipe.model_dump_json(),
                    seed=str(seed),
                    model=f"{model} {weights} {weights_sha256}",
                    preprocessing=spec.model_dump_json(),
                    data=data,
                ),
                curve=curve,
                tensorboard=resuming.tensorboard,
            ),
        )
        if not processes.first:
            return
    save_model(
        output,
        network,
        architecture=model,
        classes=images.classes,
        spec=spec,
        kept={},
        provenance={
            "stage": "dense",
            "weights": weights,
            "recipe": recipe.model_dump(mode="json"),
            "seed": seed,
            "kept_epoch": kept_epoch(learned, recipe.keep_epoch).epoch,
            "device": device.type,
            "processes": processes.number,
        },
    )
    resuming.done(output.parent)
