"""Whose outputs stand where: the classes of weights from elsewhere, in the order of the data's."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from budama.system.errors import BudamaError, did_you_mean
from budama.system.files.names import normal, spelled

_SHOWN = 3


@dataclass(frozen=True)
class Outputs:
    """Which outputs of a checkpoint are wanted, and in which order: ``rows`` of ``width``."""

    width: int
    rows: tuple[int, ...]


def read_order(path: Path) -> list[str]:
    """Return the classes that a file names, one per line, in the order of a checkpoint's outputs.

    They are in Unicode normal form (NFC). Raises ``BudamaError`` if the file cannot be read, or a
    line is empty or stands there twice.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").rstrip().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise BudamaError(f"{path}: the order of the classes cannot be read: {reason}") from error
    names = [normal(line.strip()) for line in lines]
    if not names:
        raise BudamaError(f"{path}: is empty: each line names a class")
    if not all(names):
        number = names.index("") + 1
        raise BudamaError(f"{path}: line {number} is empty: each line names a class, and so counts")
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise BudamaError(f"{path}: '{twice[0]}' stands there more than once")
    return names


def outputs_of(path: Path, classes: list[str]) -> Outputs:
    """Return where ``classes`` stand in the file ``path``, which may name more.

    Raises ``BudamaError`` if one of them does not stand there, and as ``read_order`` does.
    """
    order = read_order(path)
    position = {name: row for row, name in enumerate(order)}
    missing = [name for name in classes if normal(name) not in position]
    if missing:
        spelled(missing[0], order, str(path))  # raises for what differs in case only
        hint = did_you_mean(missing[0], order) if len(order) <= len(classes) else ""
        examples = ", ".join(f"'{name}'" for name in order[:_SHOWN])
        raise BudamaError(
            f"{path}: {len(missing)} of the data's {len(classes)} classes do not stand there, for "
            f"example '{missing[0]}': {hint or f'it has names like {examples}'}"
        )
    return Outputs(len(order), tuple(position[normal(name)] for name in classes))
