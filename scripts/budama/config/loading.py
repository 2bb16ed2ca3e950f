"""From files and the command line to one checked ``Config``, or to a list of every mistake.

Precedence, lowest first: the schema's defaults, ``defaults`` in config.yaml, the scenario's file,
``--config`` on the command line.
"""

import re
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from budama.config.assumed import check_setting
from budama.config.base import LIKE, LONGEST_NAME, NAME_PATTERN
from budama.config.criterion import CriterionChoice
from budama.config.inheritance import inherit_latency, inherit_recipes, merge, taken_over
from budama.config.mistakes import COMMAND_LINE, explain, origin_of
from budama.config.recipe import NO_TRAINING
from budama.config.schema import (
    DENSE_FINETUNED,
    CellChoices,
    ChosenPart,
    Config,
    ConfigFile,
    Part,
    Scenario,
    ScenarioFile,
    Task,
    TitledPart,
)
from budama.config.vocabulary import Vocabulary
from budama.system.errors import BudamaError, did_you_mean

Model = TypeVar("Model", bound=BaseModel)
CONFIG_FILE = "config/config.yaml"
Files = dict[str, dict[str, Any]]  # what each file says, by its name
FALLBACK = {
    "methods": ["coverage", "wanda", "magnitude", "taylor"],
    "controls": ["random", DENSE_FINETUNED],
    "scopes": ["layer", "global"],
    "normaliser": ["auto"],
    "budgets": [{"channels": 0.1}],
    "repair": ["refit"],
    "answer": {},
}


def read_config(root: Path, overrides: dict[str, Any], vocabulary: Vocabulary) -> Config:
    """Read the configuration under ``root``, as ``workflow.configuration.load_config`` does.

    Raises ``BudamaError`` whose message lists every mistake of every file, each with the nearest
    valid choice.
    """
    return _Loader(root, overrides, vocabulary).load()


class _Loader:
    """Collects mistakes on the way, so that all are told at once."""

    def __init__(self, root: Path, overrides: dict[str, Any], vocabulary: Vocabulary) -> None:
        self.root = root
        self.overrides = overrides
        self.vocabulary = vocabulary
        self.mistakes: list[str] = []
        # mistakes that a block has from the one whose values it takes over, and which has them, too
        self.taken_over: list[str] = []

    def load(self) -> Config:
        given = {CONFIG_FILE: merge(self._read(CONFIG_FILE), self.overrides)}
        for path in sorted((self.root / "config/scenarios").glob("*.yaml")):
            name = f"config/scenarios/{path.name}"
            self._check_file_name(name, path.stem)
            given[name] = self._read(name)
        whole = self._inherit(given)
        base = self._check(ConfigFile, CONFIG_FILE, given, whole)
        files = {}
        for name in list(given)[1:]:
            scenario = self._check(ScenarioFile, name, given, whole)
            if scenario is not None:
                files[Path(name).stem] = scenario
        self._stop_if_wrong()
        assert base is not None
        config = self._combine(base, files)
        self._stop_if_wrong()
        return config

    def _inherit(self, given: Files) -> Files:
        """Write out the recipes that are like others, and the tasks' own ``latency``."""
        all_read = not self.mistakes
        whole, mistakes = inherit_recipes(given)
        for file, recipe, reason in mistakes if all_read else []:
            at = ("recipes", recipe, LIKE)
            origin = origin_of(at, file, self.overrides if file == CONFIG_FILE else {})
            self.mistakes.append(f"{origin}: {'.'.join(at)}: {reason}")
        shared = given[CONFIG_FILE].get("latency")
        last = self.overrides.get("latency")
        return {file: inherit_latency(raw, shared, last) for file, raw in whole.items()}

    def _combine(self, base: ConfigFile, files: dict[str, ScenarioFile]) -> Config:
        shared: dict[str, dict[str, Any]] = {}
        for kind in ("datasets", "criteria", "recipes", "tasks"):
            shared[kind] = dict(getattr(base, kind))
            for name, file in files.items():
                for key, value in getattr(file, kind).items():
                    if shared[kind].setdefault(key, value) != value:
                        self.mistakes.append(
                            f"config/scenarios/{name}.yaml: {kind}.{key}: this name already stands "
                            "for something else in another file; scenarios share results by name, "
                            "so choose a new one"
                        )
        scenarios = {
            name: self._complete(name, base, file, shared["recipes"])
            for name, file in files.items()
        }
        self._check_references(base, files, scenarios, shared)
        seeded = {
            name: task if task.seed is not None else task.model_copy(update={"seed": base.seed})
            for name, task in shared["tasks"].items()
        }
        return Config.model_construct(
            wanted=base.scenarios,
            compute=base.compute,
            latency=base.latency,
            plan=base.plan,
            datasets=shared["datasets"],
            criteria={name: CriterionChoice(criterion=name) for name in self.vocabulary.criteria}
            | shared["criteria"],
            recipes=shared["recipes"],
            tasks=seeded,
            scenarios=scenarios,
        )

    def _complete(
        self, name: str, base: ConfigFile, file: ScenarioFile, recipes: dict[str, Any]
    ) -> Scenario:
        """Fill in what the scenario's file leaves out, and override what the command line gives."""
        last_resort = CellChoices.model_validate(
            FALLBACK | {"recipe": next(iter(recipes), "missing"), "seeds": [base.seed]}
        )
        levels = (file, base.defaults, last_resort)
        return Scenario.model_construct(
            title=file.title or name,
            task=file.task,
            # what the command line gives is not an assumption any more
            assumed={
                path: why
                for path, why in file.assumed.items()
                if path.split(".")[0] not in self.overrides
            },
            seeds=_first("seeds", base, *levels),
            answer=_first("answer", base, *levels),
            parts=[
                ChosenPart.model_construct(
                    title=part.title or (str(number) if file.parts else ""),
                    **{key: _first(key, base, part, *levels) for key in Part.model_fields},
                )
                for number, part in enumerate(file.parts or [TitledPart()], start=1)
            ],
        )

    def _check_references(
        self,
        base: ConfigFile,
        files: dict[str, ScenarioFile],
        scenarios: dict[str, Scenario],
        shared: dict[str, dict[str, Any]],
    ) -> None:
        """Every name that stands for something must stand for something."""
        where = CONFIG_FILE
        asked_for = origin_of(("scenarios",), where, self.overrides)
        for wanted in base.scenarios:
            self._known(f"{asked_for}: scenarios", wanted, scenarios, "scenario")
        origin = {key: f"config/scenarios/{n}.yaml" for n, f in files.items() for key in f.tasks}
        tasks: dict[str, Task] = shared["tasks"]
        for key, task in tasks.items():
            at = f"{origin.get(key, where)}: tasks.{key}"
            self._known(f"{at}.dataset", task.dataset, shared["datasets"], "dataset")
            self._known(f"{at}.recipe", task.recipe, [*shared["recipes"], NO_TRAINING], "recipe")
            if task.recipe in shared["recipes"] and shared["recipes"][task.recipe].distillation:
                self.mistakes.append(
                    f"{at}.recipe: '{task.recipe}' distils the dense model, and here it is the "
                    "dense model that is trained; name a recipe without distillation"
                )
            try:
                self.vocabulary.check_model(task.model)
            except BudamaError as error:
                self.mistakes.append(f"{at}.model: {error}")
            provider, _, package = task.weights.partition(":")
            if provider == "package":
                self._known(f"{at}.weights", package, self.vocabulary.packages, "package")
        methods = {*self.vocabulary.criteria, *shared["criteria"]}
        self._check_criteria(shared["criteria"])
        self._check_times(base, scenarios, tasks)
        for name, scenario in scenarios.items():
            for key, values, choices, kind in (
                ("task", [scenario.task], tasks, "task"),
                ("recipe", scenario.recipe, [*shared["recipes"], NO_TRAINING], "recipe"),
                ("methods", scenario.methods, methods, "method"),
            ):
                at = f"{self._origin_of(key, base, name, files[name])}: {key}"
                for value in values:
                    self._known(at, value, choices, kind)
            self._check_assumed(f"config/scenarios/{name}.yaml", files[name])

    def _check_times(
        self, base: ConfigFile, scenarios: dict[str, Scenario], tasks: dict[str, Task]
    ) -> None:
        """Budgets that need measured times need latency to be measured."""
        for name in base.scenarios:
            scenario = scenarios.get(name)
            task = tasks.get(scenario.task) if scenario is not None else None
            if scenario is None or task is None or not (task.latency or base.latency).skip:
                continue
            for budget in scenario.budgets:
                if budget.reads_costs:
                    self.mistakes.append(
                        f"latency.skip: the budget {budget.id} of scenario '{name}' needs what is "
                        "measured on the device; take skip away, or give a budget in macs"
                    )

    def _check_criteria(self, choices: dict[str, CriterionChoice]) -> None:
        """Check the criteria that the config defines: only they can know their options."""
        for name, choice in choices.items():
            try:
                self.vocabulary.check_criterion(choice)
            except BudamaError as error:
                self.mistakes.append(f"criteria.{name}: {error}")

    def _check_assumed(self, where: str, file: ScenarioFile) -> None:
        for path in file.assumed:
            try:
                check_setting(path)
            except BudamaError as error:
                self.mistakes.append(f"{where}: assumed.{path}: {error}")

    def _origin_of(self, key: str, base: ConfigFile, name: str, file: ScenarioFile) -> str:
        if key in self.overrides:
            return COMMAND_LINE
        if getattr(base, key, None) is not None:
            return CONFIG_FILE
        own = [file, *(file.parts or [])] if key in Part.model_fields else [file]
        if any(getattr(level, key) is not None for level in own):
            return f"config/scenarios/{name}.yaml"
        return f"{CONFIG_FILE}: defaults (used by scenario {name})"

    def _known(self, where: str, name: str, choices: Any, kind: str) -> None:
        if name not in choices:
            message = f"{where}: unknown {kind} '{name}': {did_you_mean(name, choices)}"
            if message not in self.mistakes:
                self.mistakes.append(message)

    def _check_file_name(self, file: str, scenario: str) -> None:
        """Refuse what could not be a name: it becomes a folder and a word of a shell command."""
        if not re.fullmatch(NAME_PATTERN, scenario) or len(scenario) > LONGEST_NAME:
            self.mistakes.append(
                f"{file!a}: {scenario!a} is not a valid name of a scenario: use at most "
                f"{LONGEST_NAME} letters, digits, '.', '_' and '-' only, and rename the file"
            )

    def _read(self, name: str) -> dict[str, Any]:
        try:
            value = yaml.safe_load((self.root / name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
            reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
            self.mistakes.append(f"{name}: cannot be read: {reason}")
            return {}
        if value is not None and not isinstance(value, dict):
            self.mistakes.append(f"{name}: must be a mapping of keys to values")
            return {}
        return value or {}

    def _check(self, model: type[Model], name: str, given: Files, whole: Files) -> Model | None:
        if any(mistake.startswith(f"{name}: cannot be read") for mistake in self.mistakes):
            return None
        try:
            return model.model_validate(whole[name])
        except ValidationError as error:
            overrides = self.overrides if name == CONFIG_FILE else {}
            said = given[name]
            self.mistakes += explain(
                error, model, name, overrides, lambda at: not taken_over(said, at)
            )
            self.taken_over += explain(
                error, model, name, overrides, lambda at: taken_over(said, at)
            )
            return None

    def _stop_if_wrong(self) -> None:
        mistakes = self.mistakes or self.taken_over
        if mistakes:
            count = len(mistakes)
            title = "one mistake" if count == 1 else f"{count} mistakes"
            lines = "".join(f"\n  - {mistake}" for mistake in mistakes)
            raise BudamaError(f"the configuration has {title}:{lines}")


def _first(key: str, *levels: Part) -> Any:
    """Return what the first of ``levels`` says of ``key`` that says anything."""
    return next(value for level in levels if (value := getattr(level, key)) is not None)
