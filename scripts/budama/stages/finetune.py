"""The second training stage: a pruned model's recovery, and the dense control's extra training."""

from pathlib import Path

from budama.config.recipe import Recipe
from budama.system.job.device import Execution
from budama.training.resuming import Resuming
from budama.training.untrained import hand_on


def finetune(
    *,
    recipe: Recipe | None,
    seed: int,
    start: Path,
    teacher: Path | None,
    data: Path,
    output: Path,
    curve: Path,
    execution: Execution,
    resuming: Resuming,
) -> None:
    """Train the model at ``start`` further; write it and its learning curve.

    Without a ``recipe`` it is not trained, but handed on. ``teacher`` is the dense model, for
    recipes with distillation. Row 0 of the curve is the accuracy before training: after the cut and
    its repair, on validation images.
    """
    if recipe is None:
        hand_on(start, output, curve)
        return

    # only now, because all of this imports torch
    from budama.data.prepared import PreparedData
    from budama.models.own import code_of
    from budama.models.store import save_model
    from budama.pruning.rebuild import load_model
    from budama.training.curve import kept_epoch
    from budama.training.engine import TrainingJob, train
    from budama.training.processes import joined

    device = execution.prepare(seed)
    network, description = load_model(start, own_code=True)
    taught = None
    if recipe.distillation and teacher is not None:
        taught = load_model(teacher, own_code=True)
    with joined(device) as processes:
        learned = train(
            network,
            TrainingJob(
                data=PreparedData.open(data),
                spec=description.input,
                recipe=recipe,
                seed=seed,
                device=device,
                workers=execution.workers,
                processes=processes,
                teacher=taught[0] if taught else None,
                sidecar=resuming.sidecar(
                    output.parent,
                    owned=processes.first,
                    recipe=recipe.model_dump_json(),
                    seed=str(seed),
                    model=description.sha256,
                    network=code_of(description.architecture),
                    teacher=taught[1].sha256 if taught else "",
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
        architecture=description.architecture,
        options=description.options,
        classes=description.classes,
        spec=description.input,
        kept=description.kept,
        sizes=description.sizes,
        biases=description.biases,
        provenance=description.provenance
        | {
            "stage": "finetune",
            "start_sha256": description.sha256,
            "recipe": recipe.model_dump(mode="json"),
            "finetune_seed": seed,
            "kept_epoch": kept_epoch(learned, recipe.keep_epoch).epoch,
            "device": device.type,
            "processes": processes.number,
        },
    )
    resuming.done(output.parent)
