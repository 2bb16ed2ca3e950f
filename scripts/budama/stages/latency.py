"""The latency stage: what a cut brings in ONNX Runtime."""

from pathlib import Path

from budama.config.latency import Latency
from budama.latency.measure import compare
from budama.system.files.atomic import write_json
from budama.system.files.json_file import read_json


def latency(*, dense: Path, model: Path, tested: Path, output: Path, latency: Latency) -> None:
    """Time the ONNX file ``model`` against ``dense`` and write what was found to ``output``.

    ``tested`` is what the stage ``selftest`` wrote for ``dense``.
    """
    write_json(output, compare(dense, model, latency, read_json(tested)))
