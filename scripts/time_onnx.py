"""Time an ONNX file, or one against another, however they were made.

    python scripts/time_onnx.py dense.onnx pruned.onnx --batch-sizes 1 8 --operators

The first file must be told apart from decoys of the same names, and two copies of it must come out
equal. What cannot be run is left out, and the end of the table says why. The options are the keys
under `latency` in the configuration; config/README.md explains them.
"""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError
from rich.console import Console

from budama.config.latency import Latency
from budama.latency.measure import compare, self_test
from budama.latency.show import show
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_json
from budama.system.job.progress import use_terminal


def parser() -> argparse.ArgumentParser:
    """Return the command line: the files, and an option for every key."""
    found = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    found.add_argument("first", type=Path, metavar="FILE", help="an ONNX file")
    found.add_argument("second", type=Path, metavar="FILE", nargs="?", help="... and another")
    found.add_argument("--output", type=Path, metavar="FILE", help="write all figures here (JSON)")
    fields = {name: field for name, field in Latency.model_fields.items() if name != "skip"}
    for name, field in fields.items():
        kind: dict[str, Any] = {"metavar": name.upper()}
        if field.annotation is bool:
            kind = {"action": "store_true"}
        elif get_origin(field.annotation) is list:
            kind["nargs"] = "+"
        default = f"default: {json.dumps(field.default)}"
        found.add_argument(
            f"--{name.replace('_', '-')}", default=field.default, help=default, **kind
        )
    return found


def main() -> None:
    """Time what the command line names and print a table."""
    arguments = vars(parser().parse_args())
    first, second, output = (arguments.pop(name) for name in ("first", "second", "output"))
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(message)s")
    use_terminal(sys.stderr)
    try:
        settings = Latency(**arguments)
        report = compare(first, second, settings) if second else self_test(first, settings)
        show(report, [first, second or first], Console())
        if output:
            write_json(output, report)
    except ValidationError as error:
        wrong = error.errors()[0]
        sys.exit(f"error: --{str(wrong['loc'][0]).replace('_', '-')}: {wrong['msg']}")
    except BudamaError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
