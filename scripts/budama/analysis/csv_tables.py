"""The two tables that the analysis leaves, ``results.csv`` and ``comparisons.csv``, and back.

Figures are written in full, so that what is read says exactly what was computed. What each column
means stands in ``results/README.md``.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from budama.analysis.columns import AXES, CHOSEN, COLUMNS, FIGURES, KEY, NOISY, PART, SPREAD
from budama.analysis.comparisons import Comparison, Family
from budama.analysis.difference import Difference
from budama.analysis.results import Result
from budama.system.errors import BudamaError
from budama.system.files.csv_file import read_csv

# What all results of one table have in common, and the summary, too
SHARED = ("scenario", "task", "model", "dataset", "provider")
SIDES = ("first", "second")
_SIDE_FIGURES = ("accuracy_pct", "size_change_pct")
_SHARED_TERMS = tuple(f"shared_{axis}" for axis in AXES)
_DIFFERENCE = ("difference_pp", "difference_low_pp", "difference_high_pp", "p")
_NUMBERS = {*_DIFFERENCE, "p_holm", *(f"{s}_{name}" for s in SIDES for name in _SIDE_FIGURES)}
_COMPARED = (
    *("family", *_SHARED_TERMS),
    *(f"{side}_{name}" for side in SIDES for name in (*KEY, *_SIDE_FIGURES)),
    *("second_published", *_DIFFERENCE, "p_holm", "verdict", "test", "p_by_seed"),
)
_TEXT = tuple(name for name in _COMPARED if name not in _NUMBERS)


def results_table(results: Iterable[Result], shared: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row for each result; ``shared`` are the columns ``SHARED``."""
    rows = [
        dict(shared)
        | dict(zip(KEY, result.key, strict=True))
        | dict(result.figures)
        | {
            "seeds": " ".join(map(str, result.seeds)),
            CHOSEN: result.chosen,
            PART: result.part,
            "test_images": result.images,
            NOISY: result.noisy,
            "predictions": bool(result.right),
        }
        for result in results
    ]
    names = ["seeds" if column.name == "seed" else column.name for column in COLUMNS]
    names.insert(names.index("accuracy_high_pct") + 1, SPREAD)
    return pd.DataFrame(rows).reindex(columns=[*names, "predictions"])


def read_results(path: Path) -> list[Result]:
    """Return the results in ``path``, without predictions, the dense model first.

    Raises ``BudamaError`` if columns are missing, or hold what the analysis does not write there.
    """
    table = read_csv(path, text=("seeds",))
    figures = [*(column.name for column in FIGURES), SPREAD]
    _check(path, table, [*KEY, "seeds", CHOSEN, PART, "test_images", NOISY, *figures])
    try:
        return [
            Result(
                **{name: row[name] for name in KEY},
                seeds=tuple(map(int, row["seeds"].split())),
                images=int(row["test_images"]),
                figures={name: float(row[name]) for name in figures},
                noisy=bool(row[NOISY]),
                chosen=row[CHOSEN],
                part=row[PART],
            )
            for row in table.to_dict("records")
        ]
    except (AttributeError, TypeError, ValueError) as error:
        raise BudamaError(f"{path} was changed by hand: delete it and run again") from error


def comparisons_table(families: Iterable[Family], shared: Mapping[str, Any]) -> pd.DataFrame:
    """Return a row for each comparison; ``shared`` are columns that all of them get first."""
    rows = [
        {**shared, **_row(family, found)} for family in families for found in family.comparisons
    ]
    return pd.DataFrame(rows, columns=[*shared, *_COMPARED])


def _row(family: Family, found: Comparison) -> dict[str, Any]:
    difference = found.difference
    return {
        "family": family.kind,
        **dict(zip(_SHARED_TERMS, map(family.terms.get, AXES), strict=True)),
        **_side("first", found.first),
        **_side("second", found.second),
        "second_published": found.second.published or None,
        **dict(zip(_DIFFERENCE, difference, strict=False)),
        "p_holm": found.p_holm,
        "verdict": "real" if found.real else "tie",
        "test": difference.test,
        "p_by_seed": " ".join(map(repr, found.by_seed)) or None,
    }


def _side(side: str, result: Result) -> dict[str, Any]:
    names = dict(zip(KEY, result.key, strict=True))
    every = names | {name: result.figures[name] for name in _SIDE_FIGURES}
    return {f"{side}_{name}": value for name, value in every.items()}


def read_comparisons(path: Path, results: Iterable[Result]) -> list[Family]:
    """Return the families in ``path``; ``results`` are those that it compares.

    Raises ``BudamaError`` if columns are missing, hold what the analysis does not write there, or
    if it compares other results.
    """
    table = read_csv(path, text=_TEXT)
    _check(path, table, _COMPARED)
    known = {result.key: result for result in results}
    found: dict[tuple[Any, ...], list[Comparison]] = {}
    try:
        for row in table.to_dict("records"):
            found.setdefault(_family_of(row), []).append(_comparison(row, known))
    except KeyError as error:
        raise BudamaError(
            f"{path} compares {error}, which is not among the results: delete it and run again"
        ) from error
    except (AttributeError, TypeError, ValueError) as error:
        raise BudamaError(f"{path} was changed by hand: delete it and run again") from error
    return [
        Family(kind, dict(terms), tuple(comparisons))
        for (kind, *terms), comparisons in found.items()
    ]


def _family_of(row: Mapping[Any, Any]) -> tuple[Any, ...]:
    """Return the kind of a row's family, then the name and the value of each of its terms."""
    values = zip(AXES, (row[name] for name in _SHARED_TERMS), strict=True)
    terms = [(axis, value) for axis, value in values if _there(value)]
    if row["family"] == "neighbour":
        terms = [("scenario", row["second_published"])]
    return (row["family"], *terms)


def _comparison(row: Mapping[Any, Any], known: Mapping[tuple[str, ...], Result]) -> Comparison:
    first, second = ({name: row[f"{side}_{name}"] for name in KEY} for side in SIDES)
    own = known[tuple(first.values())]
    if _there(row["second_published"]):
        figures = {name: float(row[f"second_{name}"]) for name in _SIDE_FIGURES}
        other = own.as_published(
            row["second_published"], second["scope"], second["budget"], figures
        )
    else:
        other = known[tuple(second.values())]
    points, low, high, p = (float(row[name]) for name in _DIFFERENCE)
    by_seed = map(float, row["p_by_seed"].split()) if _there(row["p_by_seed"]) else ()
    difference = Difference(points, low, high, p, row["test"])
    return Comparison(own, other, difference, float(row["p_holm"]), tuple(by_seed))


def _there(value: Any) -> bool:
    return isinstance(value, str)


def _check(path: Path, table: pd.DataFrame, needed: Iterable[str]) -> None:
    missing = [name for name in needed if name not in table]
    if missing:
        raise BudamaError(f"{path} lacks {', '.join(missing)}: delete it and run again")
