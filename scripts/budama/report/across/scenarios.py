"""Which scenarios are compared, and what keeps some of them from it."""

from budama.config.places import PAGE
from budama.report.across.context import AcrossContext
from budama.report.document import Block, Item, Items, Paragraph, Section
from budama.report.languages import Language


def scenarios(context: AcrossContext, language: Language) -> Section:
    """Return links to the scenarios' own reports, those of one task together, and warnings."""
    words = language.across
    items = _items(context, language)
    blocks: list[Block] = [Items(items)]
    if len(items) == 1:
        blocks.append(Paragraph(words["alone"]))
    without = context.settings["without"]
    if without:
        blocks.append(Paragraph(words["without"].format(", ".join(without))))
    blocks += [Paragraph(line, warning=True) for line in _warnings(context, language)]
    return Section(words["scenarios"], blocks)


def _items(context: AcrossContext, language: Language) -> list[Item]:
    settings = context.settings["scenarios"]
    return [
        Item(
            language.across["scenario_of"].format(
                settings[name]["title"], task.name, task.model, task.dataset
            ),
            lead=name,
            address=f"../{name}/{PAGE}",
        )
        for task in context.tasks
        for name in task.scenarios
    ]


def _warnings(context: AcrossContext, language: Language) -> list[str]:
    """Return what keeps the scenarios of a task from being compared as they are."""
    words, tasks = language.across, context.tasks
    differing = [
        words["differing"].format(*pair, task.name) for task in tasks for pair in task.differing
    ]
    providers = [
        words["providers_differ"].format(
            task.name,
            "; ".join(f"{name}: {', '.join(whose)}" for name, whose in task.timed_on.items()),
        )
        for task in tasks
        if len(task.timed_on) > 1
    ]
    return differing + providers
