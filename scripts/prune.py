"""Cut a dense model by the scores of one criterion."""

from budama.stage import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.config.budget import Budget
    from budama.prune import prune

    settings = arguments.settings
    prune(
        method=settings["method"],
        scope=settings["scope"],
        budget=Budget(**settings["budget"]),
        seed=settings["seed"],
        dense=arguments.dense,
        scores=arguments.scores,
        output=arguments.output,
        table=arguments.table,
    )


if __name__ == "__main__":
    run(main, ["dense", "scores", "output", "table"], description=__doc__)
