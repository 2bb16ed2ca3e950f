"""Write the page that compares every scenario that has results."""

from budama.stages.comparison import comparison
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    comparison(
        published=arguments.published,
        pictures=arguments.pictures,
        html=arguments.html,
        table=arguments.table,
        comparisons=arguments.comparisons,
        settings=arguments.settings,
    )


if __name__ == "__main__":
    files = ["published", "pictures", "html", "table", "comparisons"]
    run(main, files, description=__doc__)
