import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import budama.data.sources
from budama.data.sources.reasons import Reason, of_suffix
from budama.report.languages import ENGLISH, LANGUAGES, Language
from budama.report.sections.audit import reason_in_words


def written_out() -> Iterator[str]:
    """Yield each reason that a source counts under a text of its own: ``skipped["..."]``."""
    for path in Path(budama.data.sources.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "skipped":
                yield from (
                    inner.value
                    for inner in ast.walk(node.slice)
                    if isinstance(inner, ast.Constant) and isinstance(inner.value, str)
                )


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_every_reason_has_words_in_each_language(language: Language) -> None:
    known = language.words
    for reason in {*Reason, *written_out()}:
        assert f"skipped_{reason.replace(' ', '_')}" in known, reason
        if language is ENGLISH:
            assert reason_in_words(reason, language) == reason
        else:
            assert reason_in_words(reason, language) != reason


def test_reasons_that_a_source_writes_out_are_found() -> None:
    assert set(written_out()) <= {
        "rows that name an image again",
        "rows of a test part that is not the one asked for",
    }, "a new reason is one of Reason"


def test_names_stand_behind_a_reason_and_only_the_first() -> None:
    reason = Reason.EMPTY_CLASSES.of(["a (old)", "b"])
    assert reason == "class folders without images (a (old), b)"
    assert reason_in_words(reason, LANGUAGES["tr"]) == "görüntüsüz sınıf klasörü (a (old), b)"
    assert Reason.UNMATCHED.of([*"abcd"]) == "files that no pattern matches (a, b, c, ...)"


def test_a_suffix_is_named_if_it_looks_like_one() -> None:
    names = ["a.HEIC", "a", "a.2024-01-02 at 10:00"]
    assert [of_suffix(name) for name in names] == [".heic files", *[Reason.NO_SUFFIX] * 2]
