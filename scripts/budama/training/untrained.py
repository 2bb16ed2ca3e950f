"""A cell without training: the pruned model, handed on as it is.

Imports no torch, so that such a cell is there as soon as its process has started.
"""

import hashlib
from math import nan
from pathlib import Path

from budama.system.errors import BudamaError
from budama.system.files.atomic import write_bytes, write_json
from budama.system.files.json_file import read_json
from budama.training.curve import Epoch, write_curve


def hand_on(start: Path, output: Path, curve: Path) -> None:
    """Write the pruned model at ``start`` to ``output``, tensors unchanged, and its ``curve``.

    The curve has row 0 alone: the accuracy on validation images that the stage ``prune`` measured
    after the repair. Raises ``BudamaError`` if the files at ``start`` do not belong together.
    """
    described = start.with_suffix(".json")
    model, data = read_json(described), start.read_bytes()
    try:
        sha256, provenance = model["sha256"], model["provenance"]
        accuracy = float(provenance["validation"]["repaired_pct"])
    except (KeyError, TypeError, ValueError) as error:
        raise BudamaError(
            f"{described} lacks provenance.validation.repaired_pct: delete it and run again"
        ) from error
    if hashlib.sha256(data).hexdigest() != sha256:
        raise BudamaError(
            f"{start}: is damaged, or belongs to another {described.name}; delete both and run "
            "again"
        )
    handed_on = {"stage": "finetune", "start_sha256": sha256, "recipe": None, "kept_epoch": 0}
    write_bytes(output, data)
    write_json(output.with_suffix(".json"), model | {"provenance": provenance | handed_on})
    write_curve(curve, [Epoch(0, nan, nan, accuracy, 0.0)])
