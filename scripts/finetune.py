"""Train a model further: the recovery after a cut, and the dense control."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.config.recipe import Recipe
    from budama.stages.finetune import finetune
    from budama.system.job.device import Execution
    from budama.training.resuming import Resuming

    finetune(
        recipe=Recipe(**arguments.settings["recipe"]),
        seed=arguments.settings["seed"],
        start=arguments.start,
        teacher=arguments.teacher[0] if arguments.teacher else None,
        data=arguments.data,
        output=arguments.output,
        curve=arguments.curve,
        execution=Execution.of(arguments),
        resuming=Resuming.of(arguments),
    )


if __name__ == "__main__":
    run(
        main,
        ["start", "data", "output", "curve"],
        description=__doc__,
        lists=["teacher"],
        compute=True,
        training=True,
    )
