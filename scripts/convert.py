"""Convert one ONNX model to a lower precision."""

from budama.stage import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    from budama.convert import convert
    from budama.device import Where

    convert(
        model=arguments.model,
        precision=arguments.settings["precision"],
        data=arguments.data,
        batch_size=arguments.settings["batch_size"],
        output=arguments.output,
        where=Where.of(arguments),
    )


if __name__ == "__main__":
    run(main, ["model", "data", "output"], description=__doc__, compute=True)
