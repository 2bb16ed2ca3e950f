"""Time one ONNX model against the dense one in ONNX Runtime."""

from budama.config.latency import Latency
from budama.latency.measure import compare
from budama.system.files.atomic import write_json
from budama.system.files.json_file import read_json
from budama.system.job.frame import Arguments, run


def main(arguments: Arguments) -> None:
    """Call the library with what the rule gives."""
    tested = read_json(arguments.tested)
    settings = Latency(**arguments.settings)
    write_json(arguments.output, compare(arguments.dense, arguments.model, settings, tested))


if __name__ == "__main__":
    run(main, ["dense", "model", "tested", "output"], description=__doc__)
