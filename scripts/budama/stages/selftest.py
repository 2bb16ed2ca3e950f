"""The self-test: what ratios of times on this machine are worth."""

from pathlib import Path

from budama.config.latency import Latency
from budama.latency.measure import self_test
from budama.system.files.atomic import write_json


def selftest(*, dense: Path, output: Path, latency: Latency) -> None:
    """Time two copies of the ONNX model ``dense`` and write what was found to ``output``.

    Raises ``BudamaError`` if they do not come out equal.
    """
    write_json(output, self_test(dense, latency))
