"""Put the figures of a scenario's models into one table."""

from budama.stages.summarise import summarise
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    settings = arguments.settings
    summarise(
        settings["shared"],
        settings["dense"],
        settings["cells"],
        arguments.output,
        arguments.latency,
        timed=settings["timed"],
    )


if __name__ == "__main__":
    run(main, ["output", "latency"], description=__doc__)
