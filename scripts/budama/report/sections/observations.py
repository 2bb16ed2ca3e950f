"""What the numbers say."""

from budama.analysis.columns import PART
from budama.report.document import Block, Heading, Item, Items, Part, Section
from budama.report.languages import Language
from budama.report.observations.findings import Findings, findings
from budama.report.sections.context import Context
from budama.report.sentences import say, titled


def observations(context: Context, language: Language) -> Section:
    """Return what there is to say of a scenario, by what it is about."""
    parts = [
        about(language.words[name], blocks, language)
        for name, blocks in findings(context.facts).items()
    ]
    return Section(language.words["observations"], parts)


def about(title: str, found: list[Findings], language: Language) -> Part:
    """Return the sentences of ``found``, under their terms where there are several blocks."""
    blocks: list[Block] = []
    for label, observed in found:
        if label:
            rest = {name: value for name, value in label.items() if name != PART}
            blocks.append(Heading(titled(language, label.get(PART, ""), rest), level=4))
        said = [say(language, observation) for observation in observed]
        blocks.append(Items([Item(sentence, lead=name) for name, sentence in said]))
    return Part(title, blocks, style="findings")
