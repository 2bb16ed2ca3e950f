"""How a language writes numbers, and where its words are."""

from dataclasses import dataclass, replace

from budama.config.budget import AUTO, Budget
from budama.config.recipe import NO_TRAINING
from budama.config.schema import DENSE


@dataclass(frozen=True)
class Language:
    """One language: its words by key, and how it writes numbers and percentages.

    ``methods`` are the names of those methods that have one in this language, ``budgets`` the
    templates of a budget, ``sentences`` those of the observations (see ``sentences.py``).
    ``answer`` are the sentences and words of the answer. ``pictures``, ``cut``, ``origin`` and
    ``across`` are the words of the pictures, of the sections on the cut and on where the figures
    come from, and of the page that compares scenarios; each goes before ``words``.
    """

    code: str
    name: str
    decimal: str
    percent: str
    budgets: dict[str, str]
    words: dict[str, str]
    methods: dict[str, str]
    sentences: dict[str, str]
    pictures: dict[str, str]
    answer: dict[str, str]
    cut: dict[str, str]
    origin: dict[str, str]
    across: dict[str, str]

    def number(self, value: float, digits: int = 2) -> str:
        """Write ``value`` with ``digits`` decimals and a true minus sign."""
        text = f"{value:.{digits}f}".replace("-", "−").replace(".", self.decimal)
        return text.removeprefix("−") if float(f"{value:.{digits}f}") == 0 else text

    def count(self, value: int) -> str:
        """Write a whole number with its thousands apart."""
        return f"{value:,}".replace(",", "," if self.decimal == "." else ".")

    def signed(self, value: float, digits: int = 2) -> str:
        """Write ``value`` as a change: with its sign unless it is zero."""
        text = self.number(value, digits)
        return f"+{text}" if float(f"{value:.{digits}f}") > 0 else text

    def p_value(self, value: float) -> str:
        """Write a p-value."""
        return f"< {self.number(0.0001, 4)}" if value < 0.0001 else self.number(value, 4)  # noqa: PLR2004

    def method(self, name: str) -> str:
        """Write a method's name; one of the user's own stays as it is, unless it is taken."""
        if name not in self.methods and name in self.methods.values():
            return self.words["own_method"].format(name)
        return self.methods.get(name, name)

    def of_original(self, recipe: str) -> "Language":
        """Return the language for an original that has a ``recipe``, or came as it is."""
        if recipe != NO_TRAINING:
            return self
        return replace(self, methods=self.methods | {DENSE: self.words["dense_as_it_came"]})

    def recipe(self, name: str) -> str:
        """Write a recipe's name, or that a model was not trained."""
        return self.words["recipe_none"] if name == NO_TRAINING else name

    def budget(self, identifier: str) -> str:
        """Write a budget, for example ``channels-0.1`` as "10% of the channels"."""
        budget = Budget.from_id(identifier)
        share = f"{100 * budget.value:g}".replace(".", self.decimal)
        text = self.budgets[budget.kind].format(self.percent.format(share))
        if budget.round_to == AUTO:
            text = self.budgets["round_auto"].format(text)
        elif budget.round_to > 1:
            text = self.budgets["round"].format(text, budget.round_to)
        if budget.steps > 1:
            text = self.budgets["steps"].format(text, budget.steps)
        return text

    def of(self, axis: str, value: str) -> str:
        """Write a ``normaliser`` or a ``repair``, a dash where there is none."""
        return self.words.get(f"{axis}_{value}", self.words["none"])

    def change(self, value: float) -> str:
        """Write a relative change in percent, for example −18.4% or, in Turkish, −%18,4."""
        text = self.signed(value, 1)
        sign = text[0] if text[0] in "+−" else ""
        return sign + self.percent.format(text.removeprefix(sign))
