"""What is shown task by task: all models in one table, what is said of them, and the tests."""

from budama.analysis.columns import AXES
from budama.analysis.tasks import TaskResults
from budama.report.across.context import AcrossContext
from budama.report.document import Block, Heading, Paragraph, Section
from budama.report.languages import Language
from budama.report.observations.findings import findings
from budama.report.sections.observations import about
from budama.report.sections.statistics import statistics_of
from budama.report.table import results_table


def results(context: AcrossContext, language: Language) -> Section:
    """Return the results of all models of each task."""
    words = language.across
    blocks: list[Block] = [Paragraph(words["about_tasks"])]
    for task, facts in zip(context.tasks, context.facts, strict=True):
        table = results_table(facts, language)
        blocks += [Heading(_title(task)), table]
    return Section(words["each_task"], blocks)


def observations(context: AcrossContext, language: Language) -> Section | None:
    """Return for each task what its settings and the published figures say."""
    said = [findings(facts).get("elsewhere", []) for facts in context.facts]
    parts = [
        about(_title(task), blocks, language)
        for task, blocks in zip(context.tasks, said, strict=True)
        if blocks
    ]
    return Section(language.words["observations"], parts) if parts else None


def statistics(context: AcrossContext, language: Language) -> Section | None:
    """Return the tests between settings; those of methods are each report's."""
    named = [(task.name, facts) for task, facts in zip(context.tasks, context.facts, strict=True)]
    along = [(name, f) for name, facts in named for f in facts.families if f.kind in AXES]
    further = [(name, f) for name, facts in named for f in facts.further]
    return statistics_of(along, further, language) if along or further else None


def _title(task: TaskResults) -> str:
    return f"{task.name} ({', '.join(task.scenarios)})"
