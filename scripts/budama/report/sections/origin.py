"""How it was measured: machine, versions, seeds, times and files."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from budama.config import places
from budama.config.schema import DENSE
from budama.pruning.timed.device import Device
from budama.report.document import (
    Block,
    Commands,
    Definitions,
    Folded,
    Heading,
    Paragraph,
    Part,
    Row,
    Section,
    SideBySide,
    Table,
    TableCell,
)
from budama.report.facts import Facts
from budama.report.languages import Language
from budama.report.names import DASH, NAMES
from budama.report.origin import Origin
from budama.report.sections.context import Context
from budama.report.sentences import recipe

STAGES = ("finetune", "evaluate", "export", "latency")
Json = dict[str, Any]
Lines = list[tuple[str, str]]


def origin(context: Context, language: Language) -> Section:
    """Return where the figures come from; what is not known is left out."""
    found, words = context.origin, language.origin
    groups = {
        "machine": _machine(found, language),
        "timing": _timing(context.facts, found, language),
        "versions": _versions(found),
        "origin": [*_origins(found, language), *_times(found, language)],
    }
    parts = [Part(words[name], [Definitions(lines)]) for name, lines in groups.items() if lines]
    blocks: list[Block] = []
    if found.unknown:
        text = words["no_provenance"].format(found.unknown, len(found.models) - 1)
        blocks.append(Paragraph(text, warning=True))
    blocks.append(SideBySide(parts))
    if found.models:
        models = _models(found, context.folder, language)
        blocks.append(Folded(words["each_model"], [models]))
    return Section(words["title"], [*blocks, *_reproduce(context, language)])


def _reproduce(context: Context, language: Language) -> list[Block]:
    words = language.origin
    commands = [
        *_checkout(_commits(context.origin), words["with_changes"]),
        f"snakemake --cores all {context.facts.scenario}",
    ]
    return [
        Heading(words["reproduce"]),
        Commands(commands),
        Paragraph(words["about_reproduce"]),
    ]


def _machine(origin: Origin, language: Language) -> Lines:
    words = language.origin

    def device(settings: Json) -> str:
        name, processes = settings.get("device", DASH), settings.get("processes", 1)
        return words["processes"].format(name, processes) if processes > 1 else name

    settings = [
        s for found in origin.known for s in (found["dense"]["settings"], found["settings"])
    ]
    lines = [(words["trained_on"], _joined(map(device, settings)))] if settings else []
    machines = [found["machine"] for found in origin.timed]
    described = {
        "processor": [
            words["cores"].format(m["cpu"], language.count(m["cores"])) for m in machines
        ],
        "gpu": [
            words["driver"].format(gpu, m.get("driver") or DASH)
            for m in machines
            if (gpu := m.get("gpu", {}).get("name"))
        ],
        "memory": [f"{language.number(m['memory_gib'], 1)} GiB" for m in machines],
        "kernel": [m["kernel"] for m in machines],
    }
    return lines + [(words[name], _joined(each, "; ")) for name, each in described.items() if each]


def _timing(facts: Facts, origin: Origin, language: Language) -> Lines:
    words = language.origin
    if not origin.timed:
        return [] if facts.results[0].timed else [(words["timing"], words["untimed"])]
    report = origin.timed[0]
    plan = report["settings"]
    seconds = f"{plan['seconds']:g}".replace(".", language.decimal)
    counts = [language.count(plan[name]) for name in ("processes", "warmup", "runs")]
    used = sorted(found["machine"]["others_pct"] for found in origin.timed)
    others = [language.percent.format(language.number(share, 1)) for share in (used[0], used[-1])]
    passed_over = dict.fromkeys(
        reason for found in origin.timed for reason in found["passed_over"] + found["left_out"]
    )
    placed = (f"{name}: {language.count(count)}" for name, count in report["placement"].items())
    made_for = dict.fromkeys(Device.of_cut(found["settings"]) for found in origin.known)
    return [
        (words["provider"], report["provider"]),
        *(
            (words["cut_for"], words["cut_device"].format(**device.model_dump()))
            for device in made_for
            if device
        ),
        *((words["passed_over"], reason) for reason in passed_over),
        (words["placement"], ", ".join(placed)),
        (words["precisions"], ", ".join(plan["precisions"])),
        (words["batch_sizes"], ", ".join(map(str, plan["batch_sizes"]))),
        (words["threads"], language.count(plan["threads"])),
        (words["repeated"], words["repeats"].format(*counts, seconds)),
        (words["others"], words["of_cores"].format(_joined(others, " – "))),
    ]


def _versions(origin: Origin) -> Lines:
    """Return each package with its version: with all of them where models differ."""
    packages = [found["packages"] for found in origin.known]
    if not packages and origin.timed:
        machine = origin.timed[0]["machine"]
        packages = [{name: machine[name] for name in ("python", "onnxruntime")}]
    names = dict.fromkeys(name for found in packages for name in found)
    return [(name, _joined(found[name] for found in packages if name in found)) for name in names]


def _origins(origin: Origin, language: Language) -> Lines:
    words = language.origin
    known = origin.known
    seeds = {
        "dense_seed": [found["dense"]["settings"]["seed"] for found in known],
        "data_seed": [found["data"]["seed"] for found in known],
        "seeds": [model["seed"] for model in origin.models if model["method"] != DENSE],
    }
    commits = [
        words["changed"].format(commit) if changed else commit
        for commit, changed in _commits(origin)
    ]
    lines = {name: _joined(values) for name, values in seeds.items()} | {"code": _joined(commits)}
    return [(words[name], text) for name, text in lines.items() if text]


def _commits(origin: Origin) -> list[tuple[str, bool]]:
    """Return each commit of the code, and whether there were changes beside it."""
    code = [found["code"] for found in origin.known if "commit" in found["code"]]
    return list(dict.fromkeys((found["commit"], found["changed_since"]) for found in code))


def _checkout(commits: list[tuple[str, bool]], with_changes: str) -> list[str]:
    """Return the command that brings back the one commit of all figures, none if there are more."""
    if len({commit for commit, _ in commits}) != 1:
        return []
    command = f"git checkout {commits[0][0]}"
    changed = any(changed for _, changed in commits)
    return [f"{command}  # {with_changes}" if changed else command]


def _times(origin: Origin, language: Language) -> Lines:
    words = language.origin
    lines = []
    for stage in STAGES:
        found = [s for each in origin.known if (s := _seconds(each, stage)) is not None]
        if found:
            total = words["jobs"].format(_clock(sum(found)), language.count(len(found)))
            lines.append((words["time"].format(words[stage]), total))
    return [*lines, (words["energy"], words["untimed"])]


def _models(origin: Origin, report: Path, language: Language) -> Table:
    """Return a row for each model: what it is, what its jobs took, and links to its files."""
    words = language.words | language.origin
    cells = origin.models[1:]
    varying = [
        name for name in _NAMES if name == "method" or len({model[name] for model in cells}) > 1
    ]
    stages = [
        stage
        for stage in STAGES
        if any(_seconds(found, stage) is not None for found in origin.provenance)
    ]

    def row(model: Json, found: Json) -> Row:
        spent = [_seconds(found, stage) for stage in stages]
        texts = [
            *(_NAMES[name](language, SimpleNamespace(**model)) for name in varying),
            *(DASH if seconds is None else _clock(seconds) for seconds in spent),
        ]
        return Row(
            [*map(TableCell, texts), TableCell(links=_links(Path(model["folder"]), report, words))]
        )

    return Table(
        [*(words[name] for name in [*varying, *stages]), words["files"]],
        [row(*pair) for pair in zip(origin.models, origin.provenance, strict=True)],
    )


def _links(folder: Path, report: Path, words: dict[str, str]) -> list[tuple[str, str]]:
    """Return names and addresses, relative to the folder ``report``, of a model's files."""
    address = quote(f"{os.path.relpath(folder, report)}/")
    links = [(words["folder"], address)]
    if (folder / places.CARD).is_file():
        links.append((words["card"], f"{address}{places.CARD}"))
    return links


_NAMES: dict[str, Callable[[Language, Any], str]] = {
    **NAMES,
    # here the dense model says how it was trained, too
    "recipe": lambda language, model: recipe(language, model.recipe),
    "seed": lambda _, model: str(model.seed),
}


def _seconds(provenance: Json, stage: str) -> float | None:
    seconds: float | None = provenance.get("jobs", {}).get(stage, {}).get("seconds")
    return seconds


def _clock(seconds: float) -> str:
    """Write a time as h:mm:ss, which every language reads."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _joined(values: Iterable[Any], between: str = ", ") -> str:
    return between.join(dict.fromkeys(map(str, values)))
