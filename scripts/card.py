"""Write the model card and the provenance of one fine-tuned model."""

from pathlib import Path

from budama.report.card.card import write_card
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    settings = arguments.settings
    write_card(
        settings["cell"],
        {stage: Path(log) for stage, log in settings["logs"].items()},
        folder=arguments.folder,
        dense=arguments.dense,
        manifest=arguments.manifest,
        card=arguments.card,
        origin=arguments.provenance,
    )


if __name__ == "__main__":
    run(main, ["folder", "dense", "manifest", "card", "provenance"], description=__doc__)
