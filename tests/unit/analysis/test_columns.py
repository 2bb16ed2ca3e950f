"""The table of columns: a new figure is a row there, and a word in each language."""

from pathlib import Path

import pytest

from budama.analysis import columns
from budama.analysis.columns import COLUMNS, SHOWN, Column
from budama.report.languages import LANGUAGES
from budama.system.errors import BudamaError

FILE = Path("evaluation.json")


def test_what_has_a_word_is_shown_and_has_it_in_each_language() -> None:
    assert {column.name for column in COLUMNS if column.word} == {c.name for c in SHOWN}
    for language in LANGUAGES.values():
        assert {column.word for column in SHOWN} <= set(language.words)


def test_an_interval_ends_with_a_column_that_is_not_shown_itself() -> None:
    ends = {column.until for column in COLUMNS if column.until}
    assert ends <= {column.name for column in COLUMNS} - {column.name for column in SHOWN}


def test_a_figure_is_found_by_the_way_to_it() -> None:
    content = {"onnx": {"fp32": {"bytes": 2**21}}, "measurements": [{"noisy": True}], "top": 5}
    assert Column("size", FILE.name, "onnx.fp32.bytes", 2**20).read(content, FILE) == 2
    assert Column("noisy", FILE.name, "measurements.0.noisy").read(content, FILE) is True
    assert Column("top", FILE.name).read(content, FILE) == 5
    for key in ("onnx.int8.bytes", "measurements.1.noisy", "measurements.first", "top.more"):
        assert Column("c", FILE.name, key, optional=True).read(content, FILE) is None
        with pytest.raises(BudamaError, match=f"evaluation.json lacks {key}: delete it and run"):
            Column("c", FILE.name, key).read(content, FILE)


def test_the_columns_are_told_apart_by_their_names() -> None:
    names = [column.name for column in columns.COLUMNS]
    assert len(names) == len(set(names))
