import re
from collections.abc import Iterator
from dataclasses import fields
from string import Formatter

import pytest

from budama.config import places
from budama.report.languages import ENGLISH, LANGUAGES, TURKISH, Language


def tables(language: Language) -> dict[str, dict[str, str]]:
    """Return the language's words and templates, by the names of its tables."""
    found = {field.name: getattr(language, field.name) for field in fields(language)}
    return {name: table for name, table in found.items() if isinstance(table, dict)}


def placeholders(text: str) -> set[tuple[str, str | None]]:
    """Return the values that a template asks for and their forms; those without name by place."""
    parsed = [(name, form) for _, name, form, _ in Formatter().parse(text) if name is not None]
    return {(name or str(place), form) for place, (name, form) in enumerate(parsed)}


def written(language: Language) -> Iterator[str]:
    return (text for table in tables(language).values() for text in table.values())


def test_the_languages_stand_in_the_order_of_the_files() -> None:
    assert tuple(LANGUAGES) == places.LANGUAGES
    assert [language.code for language in LANGUAGES.values()] == list(places.LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_every_language_has_the_same_words_with_the_same_values(language: Language) -> None:
    own, english = tables(language), tables(ENGLISH)
    assert {"words", "sentences", "pictures", "origin", "across", "methods"} <= set(own)
    for name, table in english.items():
        assert set(own[name]) == set(table), name
        for key, text in table.items():
            assert placeholders(own[name][key]) == placeholders(text), f"{name}: {key}"


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_no_word_is_empty(language: Language) -> None:
    assert all(text.strip() for text in written(language))


def test_a_placeholder_without_a_name_is_one_by_its_place() -> None:
    assert placeholders("{} of {}") == placeholders("{1}: {0}") != placeholders("{0}")
    assert placeholders("{own:change}") != placeholders("{own:share}")


def test_turkish_has_one_word_for_one_thing_that_of_the_published_reports() -> None:
    # orijinal, veri seti, fine-tuning, batch
    unwanted = r"özgün|veri küme|ince ayar|yığın"
    assert not re.findall(unwanted, " ".join(written(TURKISH)).lower())
