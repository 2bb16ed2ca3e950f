"""What the audit found of the dataset, and which of its parts were drawn."""

import re
from collections.abc import Iterator
from typing import Any

from budama.report.document import Block, Heading, Item, Items
from budama.report.languages import Language
from budama.report.sections.context import Context

_SHOWN = 5  # names of a list
_WITH_NAMES = re.compile(r"(?P<what>.+?) \((?P<names>.+)\)")
_OF_SUFFIX = re.compile(r"(?P<suffix>\.\w+) files")


def audit(context: Context, language: Language) -> list[Block]:
    """Return what a reader has to know of the data; nothing if there is nothing to tell."""
    items = [Item(text) for text in _told(context.manifest, context.audit, language)]
    return [Heading(language.words["about_data"]), Items(items)] if items else []


def _told(manifest: dict[str, Any], found: dict[str, Any], language: Language) -> Iterator[str]:
    words = language.words
    if share := manifest["drawn"]["test"]:
        yield words["test_drawn"].format(language.percent.format(_number(100 * share, language)))
    for kind in ("unreadable", "duplicates", "contradictions"):
        if number := len(found[kind]):
            yield words[f"data_{kind}"].format(language.count(number))
    if found["skipped"]:
        ordered = sorted(found["skipped"].items(), key=lambda item: -item[1])
        told = (
            f"{reason_in_words(why, language)}: {language.count(number)}" for why, number in ordered
        )
        yield words["data_skipped"].format("; ".join(told))
    for remark in found["remarks"]:
        yield _remark(remark, language)


def reason_in_words(reason: str, language: Language) -> str:
    """Return why something was passed over; as the source says it where no words are known."""
    if of_suffix := _OF_SUFFIX.fullmatch(reason):
        return language.words["skipped_suffix"].format(of_suffix["suffix"])
    if with_names := _WITH_NAMES.fullmatch(reason):
        return f"{reason_in_words(with_names['what'], language)} ({with_names['names']})"
    return language.words.get(f"skipped_{reason.replace(' ', '_')}", reason)


def _remark(remark: dict[str, Any], language: Language) -> str:
    words = language.words
    match remark["kind"]:
        case "lacks":
            return words[f"data_lacks_{remark['part']}"].format(_names(remark["classes"], language))
        case "dominated":
            share = language.percent.format(_number(remark["share_pct"], language))
            return words["data_dominated"].format(share, remark["class"])
    return words["data_nested"].format(_names(remark["folders"], language))


def _names(names: list[str], language: Language) -> str:
    more = [words] if (words := _more(len(names) - _SHOWN, language)) else []
    return ", ".join([*names[:_SHOWN], *more])


def _more(number: int, language: Language) -> str:
    return language.words["and_more"].format(language.count(number)) if number > 0 else ""


def _number(value: float, language: Language) -> str:
    return f"{round(value, 2):g}".replace(".", language.decimal)
