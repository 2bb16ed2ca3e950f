"""Fine-tune the dense model of a task."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.config.data import Preprocessing
    from budama.config.recipe import Recipe
    from budama.stages.dense import finetune_dense
    from budama.system.job.device import Execution
    from budama.training.resuming import Resuming

    settings = arguments.settings
    finetune_dense(
        model=settings["model"],
        weights=settings["weights"],
        weights_sha256=settings["weights_sha256"],
        image_size=settings["image_size"],
        preprocessing=Preprocessing(**settings["preprocessing"]),
        recipe=Recipe(**settings["recipe"]),
        seed=settings["seed"],
        data=arguments.data,
        output=arguments.output,
        curve=arguments.curve,
        execution=Execution.of(arguments),
        resuming=Resuming.of(arguments),
    )


if __name__ == "__main__":
    run(main, ["data", "output", "curve"], description=__doc__, compute=True, training=True)
