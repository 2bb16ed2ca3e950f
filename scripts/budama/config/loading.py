"""From files and the command line to one checked ``Config``, or to a list of every mistake.

Precedence, lowest first: the schema's defaults, ``defaults`` in config.yaml, the scenario's file,
``--config`` on the command line.

**Which files count.** A command needs config.yaml, the files of the scenarios that it asks for
(``asked.py``), and the files that define what these refer to; a mistake in one of them stops it.
All other files are read for what they are worth: where everything fits together, all are in the
``Config``; else the needed ones are, and of the others, one by one in the order of their names,
those that fit. What does not is ``left_out``, with the reasons. So within one command a name never
stands for two things: two files that give it two meanings cannot both be in. Nor does a file that
takes a name from others depend on which of them are in: all that define it are. Between commands,
results are kept by name, and Snakemake makes those anew whose settings have changed.
"""

from pathlib import Path
from typing import Any

from budama.config.asked import WANTED, Asked
from budama.config.attempt import Attempt
from budama.config.places import scenario_file
from budama.config.reading import Files
from budama.config.schema import Config
from budama.config.vocabulary import Vocabulary
from budama.system.errors import BudamaError


def read_config(
    root: Path,
    overrides: dict[str, Any],
    vocabulary: Vocabulary,
    asked: Asked = WANTED,
    reserved: frozenset[str] = frozenset(),
) -> Config:
    """Read the configuration under ``root``, as ``workflow.configuration.load_config`` does.

    ``reserved`` are names that no scenario may have. Raises ``BudamaError`` whose message lists
    every mistake of every file that ``asked`` needs, each with the nearest valid choice.
    """
    files = Files(root, overrides, reserved)
    every = frozenset(files.scenarios)
    whole = Attempt(files, every, vocabulary)
    if whole.config is not None:
        return whole.config
    needed = _needed(files, every, asked)
    chosen = _with_definitions(files, needed, vocabulary)
    if chosen.config is None:
        raise _told(chosen.mistakes)
    left_out = {}
    for scenario in sorted(every - needed):
        if scenario not in chosen.scenarios:
            more = frozenset([*chosen.scenarios, scenario])
            trial = _with_definitions(files, more, vocabulary)
            if trial.config is None:
                left_out[scenario] = trial.mistakes
            else:
                chosen = trial
    assert chosen.config is not None
    return chosen.config.model_copy(update={"left_out": left_out})


def _needed(files: Files, every: frozenset[str], asked: Asked) -> frozenset[str]:
    """Return the scenarios whose files ``asked`` cannot do without."""
    if asked.every:
        return every
    names = set(asked.scenarios)
    if asked.wanted:
        names |= set(files.wanted())
    for kind, name in asked.names:
        names |= files.defining(kind, name)
    return every & names


def _with_definitions(files: Files, scenarios: frozenset[str], vocabulary: Vocabulary) -> Attempt:
    """Try these files, with all that define what they take from others: these must agree.

    Also where one of the files happens to define it: what it stands for, company must not decide.
    """
    while True:
        attempt = Attempt(files, scenarios, vocabulary)
        defining = {one for named in attempt.borrowed for one in files.defining(*named)}
        if defining <= scenarios:
            return attempt
        scenarios |= defining


def _told(mistakes: list[str]) -> BudamaError:
    count = len(mistakes)
    title = "one mistake" if count == 1 else f"{count} mistakes"
    lines = "".join(f"\n  - {mistake}" for mistake in mistakes)
    return BudamaError(f"the configuration has {title}:{lines}")


def warnings(config: Config) -> list[str]:
    """Return one line for each file that is left out, with the first thing wrong with it."""
    lines = []
    for scenario, mistakes in config.left_out.items():
        file = scenario_file(scenario)
        shown = file if file.isascii() and file.isprintable() else ascii(file)
        more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
        reason = mistakes[0].removeprefix(f"{file}: ").removeprefix(f"{file!a}: ").splitlines()[0]
        lines.append(f"{shown} is left out, and not asked for: {reason}{more}")
    return lines
