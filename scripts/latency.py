"""Time one ONNX model against the dense one in ONNX Runtime."""

from budama.config.latency import Latency
from budama.latency.measure import measure
from budama.stage import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    settings = Latency(**arguments.settings)
    measure(arguments.dense, arguments.model, arguments.tested, arguments.output, settings)


if __name__ == "__main__":
    run(main, ["dense", "model", "tested", "output"], description=__doc__)
