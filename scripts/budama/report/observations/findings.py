"""All findings, in the order of the report: by what they are about, in blocks."""

from collections.abc import Callable, Iterator

from budama.analysis.columns import AXES, PART
from budama.analysis.comparisons import FURTHER, Group
from budama.analysis.results import Result
from budama.config.schema import NOT_APPLICABLE
from budama.report.facts import Facts
from budama.report.observations import balance, elsewhere, optimisation, ranking
from budama.report.sentences import Observation

About = Callable[[Group], Iterator[Observation]]
# One block: the terms that set it apart from the others, and what there is to say
Findings = tuple[dict[str, str], list[Observation]]


def findings(facts: Facts) -> dict[str, list[Findings]]:
    """Return what there is to say, by the word for what it is about."""
    training = next((f.comparisons for f in facts.families if f.kind == "training"), ())
    subjects: dict[str, list[Findings]] = {
        "ranking": _by_group(facts.groups, ranking.ABOUT_GROUP),
        "optimisation": _by_group(facts.groups, optimisation.ABOUT_GROUP),
        "balance": [
            ({}, list(balance.training_alone(training))),
            *_by_group(facts.groups, balance.about_group(training)),
        ],
        "elsewhere": _elsewhere(facts),
    }
    said = {name: [block for block in blocks if block[1]] for name, blocks in subjects.items()}
    return {name: blocks for name, blocks in said.items() if blocks}


def _by_group(groups: list[Group], functions: tuple[About, ...]) -> list[Findings]:
    varying = _varying([group.terms for group in groups])
    return [
        (
            _part(group) | {name: group.terms[name] for name in varying},
            [found for function in functions for found in function(group)],
        )
        for group in groups
    ]


def _part(group: Group) -> dict[str, str]:
    """Return the title of the scenario's part that the methods of a group are from, if one is."""
    titles = {method.part for method in group.methods} - {NOT_APPLICABLE}
    return {PART: titles.pop()} if len(titles) == 1 else {}


def _elsewhere(facts: Facts) -> list[Findings]:
    results, published = facts.results, facts.published
    further = {
        kind: [family for family in facts.further if family.kind == kind] for kind in FURTHER
    }
    about_published = [
        *(found for each in further["published"] for found in elsewhere.against_published(each)),
        *elsewhere.published_times(published),
        *elsewhere.published_neighbours(further["neighbour"], results, published),
    ]
    blocks: list[Findings] = [({}, about_published)]
    blocks += [
        (family.terms, list(elsewhere.best_combination(family)))
        for family in further["combination"]
    ]
    axes = [family for family in facts.families if family.kind in AXES]
    blocks += [(family.terms, list(elsewhere.along(family))) for family in axes]
    varying = _varying([_terms(r) for r in results if r.scope != NOT_APPLICABLE])
    return [({k: v for k, v in label.items() if k in varying}, found) for label, found in blocks]


def _terms(result: Result) -> dict[str, str]:
    return {name: getattr(result, name) for name in AXES}


def _varying(every: list[dict[str, str]]) -> list[str]:
    return [name for name in AXES if len({one[name] for one in every} - {NOT_APPLICABLE}) > 1]
