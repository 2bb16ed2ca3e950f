"""Convert one ONNX model to a lower precision."""

from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.stages.convert import convert
    from budama.system.job.device import Execution

    convert(
        model=arguments.model,
        precision=arguments.settings["precision"],
        data=arguments.data,
        batch_size=arguments.settings["batch_size"],
        output=arguments.output,
        execution=Execution.of(arguments),
    )


if __name__ == "__main__":
    run(main, ["model", "data", "output"], description=__doc__, compute=True)
