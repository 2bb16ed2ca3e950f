"""Labels as tables and shards write them: words or numbers."""

import re
import unicodedata
from collections.abc import Iterable

from budama.system.errors import BudamaError

_NUMBER = re.compile(r"([+-]?\d{1,18})(?:\.0*)?")
_CONTROL = ("Cc", "Zl", "Zp")  # of Unicode's categories


def in_order(labels: Iterable[str], where: object) -> list[str]:
    """Return the different labels as classes: numbers in their order, words in the alphabet's.

    Raises ``BudamaError`` if two are the same number, or if one holds a line break or another
    control character. How many there are, and lookalikes, are looked at whatever the source.
    """
    classes = sorted(set(labels))
    for label in classes:
        if any(unicodedata.category(character) in _CONTROL for character in label):
            raise BudamaError(
                f"{where}: the label {label!r} holds a line break or another control character; "
                "write it in one line"
            )
    found = [_NUMBER.fullmatch(label) for label in classes]
    numbers = {label: int(match[1]) for label, match in zip(classes, found, strict=True) if match}
    if len(numbers) < len(classes):
        return classes
    spellings: dict[int, str] = {}
    for label, number in numbers.items():
        if number in spellings:
            raise BudamaError(
                f"{where}: the labels {spellings[number]!r} and {label!r} are the same number; "
                "write it in one way"
            )
        spellings[number] = label
    return [spellings[number] for number in sorted(spellings)]
