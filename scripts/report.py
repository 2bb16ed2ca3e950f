"""Write the report of one scenario."""

from budama.report.render import render
from budama.stage import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    outputs = {"tr": arguments.tr, "en": arguments.en, "html": arguments.html}
    render(arguments.summary, arguments.manifest, arguments.settings, outputs, arguments.pictures)


if __name__ == "__main__":
    run(main, ["summary", "manifest", "pictures", "tr", "en", "html"], description=__doc__)
