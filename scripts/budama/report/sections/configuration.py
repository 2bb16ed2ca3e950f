"""The report's first section: what was compared, on which images, and how it was trained."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from budama.config.budget import Budget
from budama.report.assumptions import Assumptions
from budama.report.document import (
    Block,
    Definitions,
    Folded,
    Heading,
    Item,
    Items,
    Paragraph,
    Part,
    Row,
    Section,
    SideBySide,
    Table,
    TableCell,
)
from budama.report.languages import Language
from budama.report.names import DASH
from budama.report.sections.audit import audit
from budama.report.sections.context import Context
from budama.report.sentences import isolated


class Fact(NamedTuple):
    """One line: the word for its name, its value, and the path of the setting, if it is one."""

    name: str
    value: str
    path: str | None = None


def configuration(context: Context, language: Language) -> Section:
    """Return what was compared, the recipes, and what the scenario only assumes."""
    words, settings = language.words, context.settings
    assumptions = Assumptions(settings["assumed"])
    in_parts = len(settings["parts"]) > 1
    own = [] if in_parts else _cut(settings, language)
    groups = {
        "data": _data(
            settings["task"], context.manifest, context.facts.results[0].images, language
        ),
        "pruning": [*own, *_pruning(settings, language)],
        "compared": _compared(settings, language),
    }
    parts = [
        Part(
            words[group],
            [
                Definitions(
                    [(words[fact.name], _marked(fact, assumptions, language)) for fact in facts]
                )
            ],
        )
        for group, facts in groups.items()
    ]
    if in_parts:
        parts.append(Part(words["parts"], [_parts(settings, assumptions, language)]))
    blocks: list[Block] = [
        SideBySide(parts),
        Folded(
            words["training"],
            [_recipes(settings, assumptions, language), Paragraph(words["about_recipes"])],
        ),
    ]
    blocks += audit(context, language)
    if settings["assumed"]:
        reasons = [Item(why, lead=path, code=True) for path, why in settings["assumed"].items()]
        blocks += [
            Heading(words["assumptions"]),
            Paragraph(words["about_assumptions"]),
            Items(reasons, numbered=True),
        ]
    return Section(words["configuration"], blocks)


def _data(
    task: dict[str, Any], manifest: dict[str, Any], test_images: int, language: Language
) -> list[Fact]:
    words = language.words
    weights = {"pretrained": words["pretrained"], "random": words["random_weights"]}
    images = manifest["images"] | {"test": test_images}
    return [
        Fact("task", task["name"]),
        Fact("model", task["model"], "task.model"),
        Fact("weights", weights.get(task["weights"], task["weights"]), "task.weights"),
        Fact("dataset", task["dataset"], "task.dataset"),
        Fact("classes", language.count(len(manifest["classes"]))),
        Fact("image_size", f"{task['image_size']} × {task['image_size']}", "task.image_size"),
        *(
            Fact(f"{split}_images", language.count(images[split]))
            for split in ("train", "validation", "calibration", "selection", "test")
        ),
    ]


def _cut(part: dict[str, Any], language: Language) -> list[Fact]:
    """Return what is cut, from where, and what is done about it: of a scenario or of a part."""
    return [
        Fact("scopes", ", ".join(language.words[scope] for scope in part["scopes"]), "scopes"),
        *([_named("normaliser", part, language)] if "global" in part["scopes"] else []),
        Fact("budgets", "; ".join(map(language.budget, part["budgets"])), "budgets"),
        _named("repair", part, language),
    ]


def _parts(settings: dict[str, Any], assumptions: Assumptions, language: Language) -> Definitions:
    """Return a line for each part: its cut, and of the rest what is not the same in all parts."""
    words, parts = language.words, settings["parts"]
    told = [key for key in ("methods", "controls", "recovery") if _differ(parts, key)]

    def said(part: dict[str, Any]) -> str:
        facts = _cut(part, language)
        facts += [fact for fact in _compared(part | {"seeds": []}, language) if fact.name in told]
        if "recovery" in told:
            names = ", ".join(map(language.recipe, part["recovery"]))
            facts.append(Fact("recipe", names, "recipe"))
        return "; ".join(
            f"{words[fact.name].lower()}: {_marked(fact, assumptions, language)}" for fact in facts
        )

    return Definitions([(isolated(part["title"]), said(part)) for part in parts])


def _differ(parts: list[dict[str, Any]], key: str) -> bool:
    return any(part[key] != parts[0][key] for part in parts)


def _pruning(settings: dict[str, Any], language: Language) -> list[Fact]:
    words = language.words
    steps = dict.fromkeys(str(Budget.from_id(budget).steps) for budget in settings["budgets"])
    epochs = {name: str(settings["recipes"][name]["epochs"]) for name in settings["recovery"]}
    per_recipe = ", ".join(f"{language.recipe(name)}: {n}" for name, n in epochs.items())
    calibration = settings["task"]["calibration"]
    return [
        Fact("steps", ", ".join(steps), "budgets"),
        Fact(
            "epochs",
            per_recipe if len(set(epochs.values())) > 1 else next(iter(epochs.values())),
            "recipe.epochs",
        ),
        Fact(
            "calibration",
            words["batches_of"].format(calibration["batches"], calibration["batch_size"]),
            "task.calibration",
        ),
    ]


def _named(axis: str, settings: dict[str, Any], language: Language) -> Fact:
    values = dict.fromkeys(settings[f"{axis}s"])
    return Fact(axis, ", ".join(language.of(axis, value) for value in values), axis)


def _compared(settings: dict[str, Any], language: Language) -> list[Fact]:
    def named(methods: list[str]) -> str:
        names = (language.method(method) for method in dict.fromkeys(methods))
        # a control's name in the table says that it is one; here the line does
        return ", ".join(name.rpartition(": ")[2] for name in names) or DASH

    return [
        Fact("methods", named(settings["methods"]), "methods"),
        Fact("controls", named(settings["controls"]), "controls"),
        Fact("seeds", ", ".join(map(str, settings["seeds"])), "seeds"),
    ]


def _marked(fact: Fact, assumptions: Assumptions, language: Language) -> str:
    marks = assumptions.around(fact.path) if fact.path else ""
    return f"{fact.value} ({language.words['assumed']} {marks})" if marks else fact.value


def _recipes(settings: dict[str, Any], assumptions: Assumptions, language: Language) -> Table:
    """Return the table of the recipes: a column for each, a row for each setting that one gives."""
    names = list(dict.fromkeys([settings["original"], *settings["recovery"]]))
    roles = {
        name: {
            role: path
            for role, path, used in (
                ("original", "task.recipe", [settings["original"]]),
                ("recovery", "recipe", settings["recovery"]),
            )
            if name in used
        }
        for name in names
    }
    columns = {name: dict(_flat(settings["recipes"][name])) for name in names}
    keys = dict.fromkeys(key for column in columns.values() for key in column)

    def head(name: str) -> str:
        uses = [
            f"{language.words[role]} {assumptions.of_recipe(path)}".strip()
            for role, path in roles[name].items()
        ]
        return f"{language.recipe(name)} ({', '.join(uses)})"

    def cell(name: str, key: str) -> str:
        marks = [assumptions.of_setting(f"{path}.{key}") for path in roles[name].values()]
        return " ".join(filter(None, [_written(columns[name].get(key), language), *marks]))

    rows = [
        Row([TableCell(key, code=True), *(TableCell(cell(name, key)) for name in names)])
        for key in keys
        if any(column.get(key) is not None for column in columns.values())
    ]
    return Table([language.words["setting"], *map(head, names)], rows, style="recipes")


def _flat(block: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in block.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value


def _written(value: Any, language: Language) -> str:
    match value:
        case None:
            return DASH
        case bool():
            return language.words["on" if value else "off"]
        case int() | float():
            return f"{value:g}".replace(".", language.decimal)
        case list():
            return " – ".join(_written(part, language) for part in value)
    return str(value)
