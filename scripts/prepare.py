"""Split a task's images into train, validation, calibration and test."""

from pydantic import TypeAdapter

from budama.config.data import Calibration, Dataset
from budama.data.prepare import prepare
from budama.stage import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    settings = arguments.settings
    prepare(
        TypeAdapter(Dataset).validate_python(settings["dataset"]),
        settings["validation"],
        Calibration(**settings["calibration"]),
        settings["seed"],
        arguments.folder,
    )


if __name__ == "__main__":
    run(main, ["folder"], description=__doc__)
