"""Export one model to ONNX and compare it with torch."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.stages.export import export
    from budama.system.job.device import Execution

    export(
        model=arguments.model,
        data=arguments.data,
        output=arguments.output,
        report=arguments.report,
        images=arguments.settings["images"],
        task=arguments.settings["task"],
        cell=arguments.settings["cell"],
        execution=Execution.of(arguments),
    )


if __name__ == "__main__":
    run(main, ["model", "data", "output", "report"], description=__doc__, compute=True)
