"""The rules hold little code: mypy and ruff do not read it."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES = 150


def test_functions_in_rules_are_few_and_short() -> None:
    """The library has typed look-ups for what a rule asks (``workflow/lookups.py``)."""
    lines = {
        file.name: sum(1 for _ in lines_of_functions(file.read_text().splitlines()))
        for file in (ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk"))
    }
    assert 0 < sum(lines.values()) <= MOST_LINES, lines


def lines_of_functions(lines: list[str]) -> Iterator[str]:
    """Yield the lines of each function: ``def`` and what is indented below it."""
    for number, line in enumerate(lines):
        if line.startswith("def "):
            yield line
            yield from filter(str.strip, takewhile(_is_inside, lines[number + 1 :]))


def _is_inside(line: str) -> bool:
    return not line or line[0] in " )"
