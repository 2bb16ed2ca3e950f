"""Split a task's images into train, validation, calibration and test."""

from budama.config.data import Calibration
from budama.data.prepare import prepare
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    settings = arguments.settings
    prepare(
        audit=arguments.audit.parent,
        validation=settings["validation"],
        calibration=Calibration(**settings["calibration"]),
        seed=settings["seed"],
        folder=arguments.folder,
        cache=arguments.cache[0].parent if arguments.cache else None,
    )


if __name__ == "__main__":
    run(main, ["audit", "folder"], lists=["cache"], description=__doc__)
