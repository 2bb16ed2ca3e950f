"""JSON that may come from elsewhere: whatever is in the file, it is read or refused."""

import json
from pathlib import Path
from typing import Any

from budama.system.errors import BudamaError

MOST_BYTES = 16 * 2**20


def read_json(path: Path, most_bytes: int = MOST_BYTES) -> dict[str, Any]:
    """Return the JSON object that a file holds.

    Raises ``BudamaError`` if it cannot be read, is larger than ``most_bytes``, which nothing that
    this project writes there can be, or is not valid JSON.
    """
    try:
        size = path.stat().st_size
        if size > most_bytes:
            raise BudamaError(
                f"{path}: has {size:,} bytes, and at most {most_bytes:,} are read: it is not what "
                "should stand there; delete it and run again"
            )
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BudamaError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BudamaError(
            f"{path}: is not valid JSON: {reason}; delete it and run again"
        ) from error
    if not isinstance(found, dict):
        raise BudamaError(f"{path}: must be a JSON object; delete it and run again")
    return found
