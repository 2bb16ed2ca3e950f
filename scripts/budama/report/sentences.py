"""How an observation becomes a sentence: its key's template, its values in the language's form."""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from string import Formatter
from typing import Any, NamedTuple

from budama.config.schema import NOT_APPLICABLE
from budama.report.languages import Language

# Below this many, multiply-accumulates (in G) need more decimals
FEW_MACS = 0.1


class Observation(NamedTuple):
    """One finding: the key of its sentence, its values, and the method it is about, if one."""

    key: str
    values: Mapping[str, Any] = {}
    about: str = ""


def say(language: Language, observation: Observation) -> tuple[str, str]:
    """Return the name that leads the sentence, or nothing, and the sentence."""
    about = method(language, observation.about) if observation.about else ""
    return about, fill(language, language.sentences[observation.key], observation.values)


def fill(language: Language, template: str, values: Mapping[str, Any]) -> str:
    """Return ``template`` with its ``values`` in the language's form."""
    return _Sentence(language).vformat(template, (), dict(values))


def method(language: Language, name: str) -> str:
    """Write a method's name; one in a script from right to left is kept apart from its sentence."""
    return isolated(language.method(name))


def recipe(language: Language, name: str) -> str:
    """Write a recipe's name, or that a model was not trained."""
    return isolated(language.recipe(name))


def isolated(text: str) -> str:
    """Return ``text`` so that its direction does not change the order of what stands around it."""
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text):
        return f"\N{FIRST STRONG ISOLATE}{text}\N{POP DIRECTIONAL ISOLATE}"
    return text


def macs(language: Language, value: float) -> str:
    """Write multiply-accumulates, which are in G."""
    return language.number(value, 4 if value < FEW_MACS else 2)


class _Sentence(Formatter):
    """Formats ``{name:form}``, where the form is one of ``_FORMS``."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        return _FORMS[format_spec](self.language, value)


def _list(language: Language, parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} {language.words['and']} {last}" if most else last


def _each(
    write: Callable[[Language, Any], str],
) -> Callable[[Language, Sequence[tuple[str, Any]]], str]:
    """Return a form for (method, value) pairs: each value after its method's name."""
    return lambda la, pairs: "; ".join(f"{method(la, name)} {write(la, v)}" for name, v in pairs)


def _methods_in_scopes(language: Language, pairs: Sequence[tuple[str, str]]) -> str:
    """Write (method, scope) pairs."""
    return _list(
        language,
        [f"{method(language, name)} ({language.words.get(scope, scope)})" for name, scope in pairs],
    )


def _change(language: Language, value: float) -> str:
    return language.change(value)


def _points(language: Language, value: float) -> str:
    return language.signed(value)


def _ratio(language: Language, value: float) -> str:
    return language.number(value)


def terms(language: Language, values: Mapping[str, str], between: str = ", ") -> str:
    """Write what a group's methods share, for example "layer-wise, 10% of the channels, plain".

    What does not apply, such as the normaliser of the layer scope, is left out, and so is what is
    empty.
    """
    forms: dict[str, Callable[[str], str]] = {
        "scope": lambda v: language.words.get(v, v),
        "budget": language.budget,
        "scenario": lambda v: isolated(v.upper()),
        "recipe": lambda v: recipe(language, v),
    }
    forms |= {name: partial(_named, language, name) for name in ("normaliser", "repair")}
    return between.join(
        forms.get(name, isolated)(value)
        for name, value in values.items()
        if value not in (NOT_APPLICABLE, "")
    )


def titled(language: Language, title: str, values: Mapping[str, str]) -> str:
    """Write a part's title, which is the user's own, and what its cuts share, as ``terms`` does."""
    return ": ".join(filter(None, (isolated(title), terms(language, values))))


def _named(language: Language, axis: str, value: str) -> str:
    """Write a setting with the name of its axis, without which it would say little."""
    return language.words[f"{axis}_is"].format(language.of(axis, value))


_FORMS: dict[str, Callable[[Language, Any], str]] = {
    "accuracy": lambda la, v: la.percent.format(la.number(v)),
    "share": lambda la, v: la.percent.format(la.number(v, 1)),
    "plain": lambda la, v: la.percent.format(la.number(abs(v), 1)),
    "whole": lambda la, v: la.percent.format(f"{v:g}".replace(".", la.decimal)),
    "points": _points,
    "distance": lambda la, v: la.number(abs(v)),
    "change": _change,
    "size": lambda la, v: la.number(v),
    "macs": macs,
    "ratio": _ratio,
    "short": lambda la, v: f"{v:g}".replace(".", la.decimal),
    "factor": lambda la, v: la.number(v, 1),
    "count": lambda la, v: la.count(v),
    "method": method,
    "methods": lambda la, v: _list(la, [method(la, name) for name in v]),
    "scope": lambda la, v: la.words.get(v, v),
    "budget": lambda la, v: la.budget(v),
    "normaliser": lambda la, v: la.of("normaliser", v),
    "repair": lambda la, v: la.of("repair", v),
    "recipe": recipe,
    "text": lambda _, v: isolated(str(v)),
    "methods_in_scopes": _methods_in_scopes,
    "terms": terms,
    "each_points": _each(_points),
    "each_ratio": _each(_ratio),
}
