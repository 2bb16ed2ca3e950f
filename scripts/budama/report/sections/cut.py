"""What the cut did: the normalisers that were tried, and what the kept channels explain."""

from types import SimpleNamespace

from budama.analysis.columns import CUT_KEY
from budama.analysis.explained import Explained, Layer
from budama.config.cut import NORMALISERS
from budama.config.schema import NOT_APPLICABLE
from budama.report.document import Block, Heading, Paragraph, Row, Section, Table, TableCell
from budama.report.languages import Language
from budama.report.names import DASH, NAMES
from budama.report.origin import Origin
from budama.report.sections.context import Context

# A cut, the accuracy by each normaliser, and the one that was chosen
_Outcome = tuple[tuple[tuple[str, str], ...], tuple[tuple[str, float], ...], str]


def cut(context: Context, language: Language) -> Section | None:
    """Return what was tried and what is explained, if the stage prune left any of it."""
    words = language.cut
    tables = {
        "tried": _tried(context, language),
        "explained": _explained(context.explained, language),
    }
    blocks: list[Block] = []
    for name, table in tables.items():
        if table:
            blocks += [Heading(words[name]), Paragraph(words[f"about_{name}"]), table]
    return Section(words["title"], blocks) if blocks else None


def _tried(context: Context, language: Language) -> Table | None:
    """Return the table of what the normaliser auto tried: a row for each cut, equal seeds once."""
    found = _seeds_by_outcome(context.origin)
    if not found:
        return None
    rows = [(dict(cut), dict(tried), chosen) for cut, tried, chosen in found]
    named = _varying([of for of, *_ in rows])
    several = ["seed"] * (len({*found.values()}) > 1)
    heads = [language.words[name] for name in [*named, *several]]

    def accuracy(tried: dict[str, float], name: str, chosen: str) -> TableCell:
        return TableCell(_percent(tried.get(name), language), best=name == chosen)

    return Table(
        [*heads, *(language.of("normaliser", name) for name in NORMALISERS)],
        [
            Row(
                [
                    *_names(of, named, language),
                    *(TableCell(", ".join(seeds)) for _ in several),
                    *(accuracy(tried, name, chosen) for name in NORMALISERS),
                ],
                "method",
            )
            for (of, tried, chosen), seeds in zip(rows, found.values(), strict=True)
        ],
        [False] * len(heads) + [True] * len(NORMALISERS),
        "results",
    )


def _seeds_by_outcome(origin: Origin) -> dict[_Outcome, tuple[str, ...]]:
    """Return the seeds of each cut that came to the same, by the cut, what was tried and chosen."""
    found: dict[_Outcome, dict[str, None]] = {}
    for model, provenance in zip(origin.models, origin.provenance, strict=True):
        normaliser = provenance.get("settings", {}).get("normaliser") or {}
        if normaliser.get("candidates"):
            cut = tuple((name, str(model[name])) for name in CUT_KEY)
            outcome = (cut, tuple(normaliser["candidates"].items()), normaliser["chosen"])
            found.setdefault(outcome, {})[str(model["seed"])] = None
    return {outcome: tuple(seeds) for outcome, seeds in found.items()}


def _explained(found: list[Explained], language: Language) -> Table | None:
    """Return the table of what is explained: a row for each cut."""
    if not found:
        return None
    words = language.cut
    named = _varying([each.cut for each in found])
    heads = [*(language.words[name] for name in named), words["mean"], words["worst"]]
    rows = [
        Row(
            [
                *_names(each.cut, named, language),
                TableCell(_percent(each.mean, language)),
                TableCell("; ".join(_layer(layer, language) for layer in each.worst)),
            ],
            "method",
        )
        for each in found
    ]
    return Table(heads, rows, [*[False] * len(named), True, False], "results")


def _layer(layer: Layer, language: Language) -> str:
    share = language.percent.format(language.number(layer.explained, 1))
    counts = (language.count(round(number)) for number in (layer.kept, layer.inputs))
    return language.cut["layer"].format(layer.name, share, *counts)


def _names(of: dict[str, str], named: list[str], language: Language) -> list[TableCell]:
    return [TableCell(NAMES[name](language, SimpleNamespace(**of))) for name in named]


def _varying(cuts: list[dict[str, str]]) -> list[str]:
    """Return what tells ``cuts`` apart, the method in any case."""
    return [
        name
        for name in CUT_KEY
        if name == "method" or len({of[name] for of in cuts} - {NOT_APPLICABLE}) > 1
    ]


def _percent(value: float | None, language: Language) -> str:
    return DASH if value is None else language.number(value, 1)
