"""Write the page that compares every scenario that has results."""

from budama.report.across.page import write_comparison
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    write_comparison(
        arguments.settings,
        {name: getattr(arguments, name) for name in ("tr", "en", "html", "table")},
        arguments.published,
        arguments.pictures,
    )


if __name__ == "__main__":
    files = ["published", "pictures", "tr", "en", "html", "table"]
    run(main, files, description=__doc__)
