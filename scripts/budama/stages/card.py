"""What goes with a fine-tuned model when it leaves: its card and where it comes from."""

from pathlib import Path
from typing import Any

from budama.report.card.card import model_card
from budama.report.card.files import read_cell_files
from budama.report.card.provenance import provenance as origin_of
from budama.system.files.atomic import write_json, write_text


def card(
    *,
    cell: dict[str, Any],
    logs: dict[str, Path],
    folder: Path,
    dense: Path,
    manifest: Path,
    card: Path,
    provenance: Path,
) -> None:
    """Write the model card and the provenance of the cell in ``folder``.

    ``cell`` are its columns in ``summary.csv``, with ``task`` and ``dataset``; ``logs`` those of
    its stages, by their names; ``dense`` is the folder of the dense model, ``manifest`` that of the
    task's prepared data.
    """
    files = read_cell_files(cell, folder, dense, manifest)
    write_json(provenance, origin_of(files, logs))
    write_text(card, model_card(files))
