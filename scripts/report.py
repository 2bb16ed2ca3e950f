"""Write the report of one scenario."""

from budama.report.render import render
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    render(
        arguments.summary,
        arguments.results,
        arguments.comparisons,
        arguments.manifest,
        arguments.settings,
        arguments.html,
        arguments.published,
        arguments.pictures,
        arguments.latency,
    )


if __name__ == "__main__":
    tables = ["summary", "results", "comparisons", "manifest", "latency", "published"]
    run(main, [*tables, "pictures", "html"], description=__doc__)
