"""Time one ONNX model against the dense one in ONNX Runtime."""

from budama.config.latency import Latency
from budama.latency import measure
from budama.stage import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    measure(arguments.dense, arguments.model, arguments.output, Latency(**arguments.settings))


if __name__ == "__main__":
    run(main, ["dense", "model", "output"], description=__doc__)
