"""Put the seeds of a scenario's results together, and test every comparison."""

from budama.stages.analyse import analyse
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    analyse(
        summary=arguments.summary,
        published=arguments.published,
        results=arguments.results,
        comparisons=arguments.comparisons,
        settings=arguments.settings,
    )


if __name__ == "__main__":
    run(main, ["summary", "published", "results", "comparisons"], description=__doc__)
