"""What the stages left of one cell, as the card and the provenance need it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from budama.config.places import DESCRIPTION, EVALUATION, EXPORT, LATENCY
from budama.system.files.json_file import read_json

Json = dict[str, Any]


@dataclass(frozen=True)
class CellFiles:
    """The JSON files of a cell, and of the dense model that it is compared with.

    ``cell`` are the cell's columns in ``summary.csv``, with ``task`` and ``dataset``; ``latency``
    is none if it was not measured.
    """

    cell: Json
    folder: Path
    model: Json
    tested: Json
    exported: Json
    latency: Json | None
    dense: Json
    dense_tested: Json
    manifest: Json


def read_cell_files(cell: Json, folder: Path, dense: Path, manifest: Path) -> CellFiles:
    """Read the files of the cell in ``folder`` and of the dense model in ``dense``."""
    timed = folder / LATENCY
    return CellFiles(
        cell=cell,
        folder=folder,
        model=read_json(folder / DESCRIPTION),
        tested=read_json(folder / EVALUATION),
        exported=read_json(folder / EXPORT),
        latency=read_json(timed) if timed.is_file() else None,
        dense=read_json(dense / DESCRIPTION),
        dense_tested=read_json(dense / EVALUATION),
        manifest=read_json(manifest),
    )
