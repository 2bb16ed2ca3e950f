"""Draw the pictures of one scenario's report."""

from budama.report.pictures.drawing import draw
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    draw(arguments.summary, arguments.results, arguments.settings["models"], arguments.output)


if __name__ == "__main__":
    run(main, ["summary", "results", "output"], description=__doc__)
