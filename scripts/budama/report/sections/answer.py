"""The answer: one sentence, and folded below it how it was chosen."""

from typing import Any

from budama.report.answer import named, remarks, sentence
from budama.report.document import Block, Folded, Paragraph, Row, Section, Table, TableCell
from budama.report.languages import Language
from budama.report.names import DASH
from budama.report.sections.context import Context
from budama.report.sentences import fill

_NUMBERS = ("size", "validation_lost", "test_lost", "bound")


def answer(context: Context, language: Language) -> Section | None:
    """Return the answer, if the stage of that name has run."""
    found, words = context.answer, language.answer
    if found is None:
        return None
    blocks: list[Block] = [
        Paragraph(text) for text in (sentence(found, language), *remarks(found, language))
    ]
    about = fill(language, words["about"], {"error": 100 - found["confidence_pct"]})
    if found["sequence"] or found["others"]:
        blocks.append(Folded(words["how"], [Paragraph(about), _table(found, language)]))
    return Section(words["title"], blocks)


def _table(found: dict[str, Any], language: Language) -> Table:
    """Return a row for each model: the candidates as they were tested, then the others."""
    every = [*found["sequence"], *found["others"]]
    cost = "latency_ratio" if found["decided_by"] == "time" else "macs_ratio"
    figures = (cost, "size_ratio", "validation_lost_pp", "lost_pp", "bound_pp")
    rows = [
        Row(
            [
                TableCell(named(row, every, language)),
                *(TableCell(_number(row[name], language)) for name in figures),
                TableCell(language.answer[f"is_{row['verdict']}"]),
            ],
            "method",
        )
        for row in every
    ]
    heads = (f"column_{found['decided_by']}", *_NUMBERS, "verdict")
    words = [language.words["method"], *(language.answer[name] for name in heads)]
    return Table(words, rows, [False, *(True for _ in figures), False], "results")


def _number(value: float | None, language: Language) -> str:
    return DASH if value is None else language.number(value)
