"""Time two copies of the dense ONNX model: what ratios on this machine are worth."""

from budama.config.latency import Latency
from budama.latency.measure import self_test
from budama.system.files.atomic import write_json
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    write_json(arguments.output, self_test(arguments.dense, Latency(**arguments.settings)))


if __name__ == "__main__":
    run(main, ["dense", "output"], description=__doc__)
