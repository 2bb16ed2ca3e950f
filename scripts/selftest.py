"""Time two copies of the dense ONNX model: what this machine's ratios are worth."""

from budama.config.latency import Latency
from budama.latency.measure import self_test
from budama.stage import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    self_test(arguments.dense, arguments.output, Latency(**arguments.settings))


if __name__ == "__main__":
    run(main, ["dense", "output"], description=__doc__)
