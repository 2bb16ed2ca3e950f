"""Score the channels of a dense model with one criterion."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.config.criterion import CriterionChoice
    from budama.stages.calibrate import calibrate
    from budama.system.job.device import Execution

    calibrate(
        choice=CriterionChoice(**arguments.settings["criterion"]),
        batch_size=arguments.settings["batch_size"],
        dense=arguments.dense,
        data=arguments.data,
        output=arguments.output,
        execution=Execution.of(arguments),
    )


if __name__ == "__main__":
    run(main, ["dense", "data", "output"], description=__doc__, compute=True)
