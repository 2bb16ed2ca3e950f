"""Cut a dense model by the scores of one criterion."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.config.budget import Budget
    from budama.config.criterion import CriterionChoice
    from budama.stages.prune import prune
    from budama.system.job.device import Execution

    settings = arguments.settings
    prune(
        choice=CriterionChoice(**settings["criterion"]),
        scope=settings["scope"],
        budget=Budget(**settings["budget"]),
        seed=settings["seed"],
        ignore=settings["ignore"],
        batch_size=settings["batch_size"],
        dense=arguments.dense,
        scores=arguments.scores,
        data=arguments.data,
        output=arguments.output,
        table=arguments.table,
        execution=Execution.of(arguments),
    )


if __name__ == "__main__":
    run(main, ["dense", "scores", "data", "output", "table"], description=__doc__, compute=True)
