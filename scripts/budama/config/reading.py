"""What the files of the configuration say, before anything of it is checked."""

import re
from pathlib import Path
from typing import Any

from budama.config.asked import BLOCKS
from budama.config.base import LIKE, LONGEST_NAME, NAME_PATTERN
from budama.config.inheritance import merge
from budama.config.mistakes import COMMAND_LINE
from budama.config.places import CONFIG_FILE, SCENARIOS, scenario_file
from budama.config.schema import ConfigFile
from budama.config.yaml_file import Location, YamlFile, read_yaml
from budama.system.errors import BudamaError


class Files:
    """config.yaml, with the command line's ``overrides`` on top, and each scenario's file.

    By the file's name: ``said``, a mapping of keys to values; ``files``, which know how that is
    written; ``mistakes``, what is wrong with a file as such; ``unread`` are those without a value.
    """

    def __init__(self, root: Path, overrides: dict[str, Any], reserved: frozenset[str]) -> None:
        self.overrides = overrides
        self.files: dict[str, YamlFile] = {}
        self.said: dict[str, dict[str, Any]] = {}
        self.mistakes: dict[str, list[str]] = {}
        self.unread: set[str] = set()
        other = _other_suffixes(root / SCENARIOS)
        there = {path.stem for path in (root / SCENARIOS).glob("*.yaml")}
        self.scenarios = sorted(there.union(other))
        for scenario in self.scenarios:
            self._read(root, scenario_file(scenario))
            if scenario in other:
                self.mistakes[scenario_file(scenario)] = [
                    f"{SCENARIOS}/{other[scenario]}: only files that end in .yaml are read: "
                    "rename it, or take it away"
                ]
            self._check_name(scenario, reserved)
        self._read(root, CONFIG_FILE)
        self.said[CONFIG_FILE] = merge(self.said[CONFIG_FILE], overrides)

    def wanted(self) -> list[str]:
        """Return the names that ``scenarios`` has in config.yaml or on the command line."""
        given = self.said[CONFIG_FILE].get("scenarios", ConfigFile().scenarios)
        file = self.files[CONFIG_FILE] if "scenarios" not in self.overrides else YamlFile()
        names = enumerate(given) if isinstance(given, list) else ()
        return [file.written(("scenarios", place)) or str(name) for place, name in names]

    def defining(self, kind: str, name: str) -> set[str]:
        """Return the scenarios whose files define ``name`` as one of ``kind``, such as tasks."""
        return {
            scenario
            for scenario in self.scenarios
            if name in _block(self.said[scenario_file(scenario)], kind)
        }

    def out_of_reach(self) -> dict[Location, str]:
        """Return the blocks that the command line changes and only a scenario's file has.

        By kind and name, such as datasets and birds: what to say of it.
        """
        base = self.files[CONFIG_FILE].value or {}
        return {
            (kind, name): f"{COMMAND_LINE}: {kind}.{name}: this stands in "
            f"{scenario_file(min(scenarios))}, and {COMMAND_LINE} reaches only what stands in "
            f"{CONFIG_FILE}: change it in that file, or give a whole block another name"
            for kind in BLOCKS.values()
            for name in _block(self.overrides, kind).keys() - _block(base, kind).keys()
            if (scenarios := self.defining(kind, name))
        }

    def _read(self, root: Path, name: str) -> None:
        self.files[name], self.said[name] = YamlFile(), {}
        try:
            file = read_yaml(root / name)
            if file.value is not None and not isinstance(file.value, dict):
                raise BudamaError("must be a mapping of keys to values")
        except BudamaError as error:
            self.mistakes[name] = [f"{name}: {error}"]
            self.unread.add(name)
        else:
            self.files[name], self.said[name] = file, file.value or {}
            _names_as_written(file)

    def _check_name(self, scenario: str, reserved: frozenset[str]) -> None:
        """Refuse what could not be a name: it becomes a folder and a word of a shell command."""
        file, wrong = scenario_file(scenario), self.mistakes.setdefault(scenario_file(scenario), [])
        if not re.fullmatch(NAME_PATTERN, scenario) or len(scenario) > LONGEST_NAME:
            wrong.append(
                f"{file!a}: {scenario!a} is not a valid name of a scenario: use at most "
                f"{LONGEST_NAME} letters, digits, '.', '_' and '-' only, and rename the file"
            )
        if scenario in reserved:
            wrong.append(f"{file}: '{scenario}' is the name of a stage; rename the file")


def _other_suffixes(folder: Path) -> dict[str, str]:
    """Return the files in ``folder`` that are meant as YAML by their suffix, by their stems."""
    files = sorted(folder.glob("*")) if folder.is_dir() else []
    return {
        file.stem: file.name
        for file in files
        if file.suffix.lower() in (".yaml", ".yml") and file.suffix != ".yaml"
    }


def _block(said: dict[str, Any], kind: str) -> dict[str, Any]:
    block = said.get(kind)
    return block if isinstance(block, dict) else {}


def _names_as_written(file: YamlFile) -> None:
    """Take the names of recipes that others are like as text: they are looked up before checks."""
    for name, recipe in _block(file.value or {}, "recipes").items():
        if isinstance(recipe, dict) and LIKE in recipe:
            at = ("recipes", name, LIKE)
            recipe[LIKE] = file.written(at) or recipe[LIKE]
            file.settled.add(at)
