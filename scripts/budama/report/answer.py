"""The answer of a scenario in words: one sentence, and what must be said beside it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from budama.analysis.columns import AXES
from budama.analysis.results import RANDOM
from budama.config.places import ONNX
from budama.config.schema import NOT_APPLICABLE
from budama.report.languages import Language
from budama.report.sentences import fill, method, terms
from budama.system.errors import BudamaError
from budama.system.files.json_file import read_json

Json = Mapping[str, Any]
_NEEDED = (
    *("lose_at_most_pp", "confidence_pct", "test_images", "decided_by", "timed_on", "qualified"),
    *("answer", "nearest", "sequence", "others", "file"),
)
# Axes that a model is named by even if all models are alike in them
_ALWAYS = ("scope", "budget", "repair")


def read_answer(path: Path) -> dict[str, Any]:
    """Return what ``answer.json`` says; raises ``BudamaError`` if it cannot be used."""
    found = read_json(path)
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise BudamaError(f"{path} lacks {', '.join(missing)}: delete it and run again")
    return found


def paragraphs(answer: Json, language: Language) -> list[str]:
    """Return the sentence of the answer, what is to be known of it, and where its file is from."""
    own = {"file": ONNX, "source": answer["file"]["from"], "seed": str(answer["file"]["seed"])}
    own |= {"accuracy": answer["file"]["accuracy_pct"], "sha256": answer["file"]["sha256"]}
    source = fill(language, language.answer["source"], own)
    return [sentence(answer, language), *remarks(answer, language), source]


def sentence(answer: Json, language: Language) -> str:
    """Return the answer in one sentence: what it costs, loses, and is shown to lose at most."""
    chosen = answer["answer"] or answer["nearest"]
    limit = {"limit": _points(language, answer["lose_at_most_pp"])}
    if chosen is None:
        return fill(language, language.answer[_nothing(answer)], limit)
    key = "answer" if answer["qualified"] else "nearest"
    if chosen["bound_pp"] is None:
        key = f"none_faster_{answer['decided_by']}"
    values = {
        "model": named(chosen, _every(answer), language),
        "cost": _cost(answer, chosen, language),
        "interval": _interval(chosen, language),
        "size": chosen["size_ratio"],
        "loss": _loss(chosen["lost_pp"], language),
        "images": answer["test_images"],
        "seeds": _over_seeds(chosen["seeds"], language),
        "bound": chosen["bound_pp"],
        "confidence": answer["confidence_pct"],
    }
    return fill(language, language.answer[key], limit | values)


def remarks(answer: Json, language: Language) -> list[str]:
    """Return what is to be said beside the sentence."""
    words, chosen = language.answer, answer["answer"]
    return [fill(language, words[key], values) for key, values in _remarks(answer, chosen)]


def _remarks(answer: Json, chosen: Json | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if chosen is None:
        if answer["nearest"] and answer["nearest"]["bound_pp"] is not None:
            yield "none_passed", {}
        yield "original_file", {"file": ONNX}
    elif chosen["method"] == RANDOM:
        yield "random", {}
    if chosen and chosen["latency_noisy"] and answer["decided_by"] == "time":
        yield "noisy", {}
    elsewhere = [row for row in answer["others"] if row["verdict"] == "elsewhere"]
    if elsewhere:
        yield "elsewhere", {"device": answer["timed_on"]["device"], "count": len(elsewhere)}


def named(row: Json, every: Sequence[Json], language: Language) -> str:
    """Write what a model is called: its method, and what sets it apart from ``every`` other."""
    shown = {axis: row[axis] for axis in AXES if axis in _ALWAYS or _differ(every, axis)}
    where = terms(language, shown)
    return ", ".join(filter(None, [method(language, row["method"]), where]))


def _differ(rows: Iterable[Json], axis: str) -> bool:
    return len({row[axis] for row in rows} - {NOT_APPLICABLE}) > 1


def _every(answer: Json) -> list[Json]:
    return [*answer["sequence"], *answer["others"]]


def _nothing(answer: Json) -> str:
    return "none_here" if answer["others"] else "none"


def _cost(answer: Json, row: Json, language: Language) -> str:
    """Write the share of the dense model's time, with what it was measured on, or of its work."""
    if answer["decided_by"] == "macs":
        return fill(language, language.answer["cost_macs"], {"share": row["macs_ratio"]})
    values = {"share": row["latency_ratio"]} | answer["timed_on"]
    return fill(language, language.answer["cost_time"], values)


def _interval(row: Json, language: Language) -> str:
    low, high = row["latency_ratio_low"], row["latency_ratio_high"]
    if low is None or high is None:
        return ""
    return fill(language, language.answer["interval"], {"low": low, "high": high})


def _loss(points: float, language: Language) -> str:
    """Write points that were lost or gained, as they are after rounding."""
    rounded = round(points, 2)
    key = "lost" if rounded > 0 else "gained" if rounded < 0 else "equal"
    return fill(language, language.answer[key], {"points": abs(rounded)})


def _points(language: Language, points: float) -> str:
    return fill(language, language.answer["point" if points == 1 else "points"], {"points": points})


def _over_seeds(seeds: Sequence[int], language: Language) -> str:
    if len(seeds) == 1:
        return ""
    return fill(language, language.answer["over_seeds"], {"count": len(seeds)})
