"""From files and the command line to one checked ``Config``, or to a list of every mistake.

Precedence, lowest first: the schema's defaults, ``defaults`` in config.yaml, the scenario's file,
``--config`` on the command line.
"""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from budama.config.criterion import CriterionChoice
from budama.config.mistakes import COMMAND_LINE, explain
from budama.config.schema import (
    DENSE_FINETUNED,
    CellChoices,
    Config,
    ConfigFile,
    Scenario,
    ScenarioFile,
    Task,
)
from budama.criteria.registry import criterion_names, load_criterion
from budama.errors import BudamaError, did_you_mean
from budama.models.names import check_model
from budama.models.weights import PACKAGES

Model = TypeVar("Model", bound=BaseModel)
FALLBACK = {
    "methods": ["coverage", "wanda", "magnitude", "taylor"],
    "controls": ["random", DENSE_FINETUNED],
    "scopes": ["layer", "global"],
    "budgets": [{"channels": 0.1}],
}
# The rules' names, which a scenario's target must not take
STAGES = {
    *("all", "audit", "cache", "prepare", "dense", "calibrate", "prune", "finetune"),
    *("evaluate", "export", "latency", "summarise", "report"),
}


def load_config(root: Path, overrides: dict[str, Any] | None = None) -> Config:
    """Read ``config/config.yaml`` and ``config/scenarios/*.yaml`` under ``root``.

    ``overrides`` are what ``--config`` and ``--configfile`` gave. Raises ``BudamaError`` whose
    message lists every mistake of every file, each with the nearest valid choice.
    """
    return _Loader(root, overrides or {}).load()


class _Loader:
    """Collects mistakes on the way, so that all are told at once."""

    def __init__(self, root: Path, overrides: dict[str, Any]) -> None:
        self.root = root
        self.overrides = overrides
        self.mistakes: list[str] = []

    def load(self) -> Config:
        name = "config/config.yaml"
        raw = self._read(self.root / name, name)
        base = self._check(ConfigFile, raw, name, self.overrides)
        files = {}
        for path in sorted((self.root / "config/scenarios").glob("*.yaml")):
            name = f"config/scenarios/{path.name}"
            scenario = self._check(ScenarioFile, self._read(path, name), name)
            if scenario is not None:
                files[path.stem] = scenario
        self._stop_if_wrong()
        assert base is not None
        config = self._combine(base, files)
        self._stop_if_wrong()
        return config

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
            seed=base.seed,
            compute=base.compute,
            latency=base.latency,
            datasets=shared["datasets"],
            criteria={name: CriterionChoice(criterion=name) for name in criterion_names()}
            | shared["criteria"],
            recipes=shared["recipes"],
            tasks=seeded,
            scenarios=scenarios,
        )

    def _complete(
        self, name: str, base: ConfigFile, file: ScenarioFile, recipes: dict[str, Any]
    ) -> Scenario:
        """Fill in what the scenario's file leaves out, and override what the command line gives."""
        chosen: dict[str, Any] = {"title": file.title or name, "task": file.task}
        last_resort = CellChoices.model_validate(
            FALLBACK | {"recipe": next(iter(recipes), "missing"), "seeds": [base.seed]}
        )
        for key in CellChoices.model_fields:
            levels = (base, file, base.defaults, last_resort)
            chosen[key] = next(
                value for level in levels if (value := getattr(level, key)) is not None
            )
        return Scenario.model_construct(**chosen)

    def _check_references(
        self,
        base: ConfigFile,
        files: dict[str, ScenarioFile],
        scenarios: dict[str, Scenario],
        shared: dict[str, dict[str, Any]],
    ) -> None:
        """Every name that stands for something must stand for something."""
        where = "config/config.yaml"
        for name in scenarios.keys() & STAGES:
            self.mistakes.append(
                f"config/scenarios/{name}.yaml: '{name}' is the name of a stage; rename the file"
            )
        for wanted in base.scenarios:
            self._known(f"{where}: scenarios", wanted, scenarios, "scenario")
        origin = {key: f"config/scenarios/{n}.yaml" for n, f in files.items() for key in f.tasks}
        tasks: dict[str, Task] = shared["tasks"]
        for key, task in tasks.items():
            at = f"{origin.get(key, where)}: tasks.{key}"
            self._known(f"{at}.dataset", task.dataset, shared["datasets"], "dataset")
            self._known(f"{at}.recipe", task.recipe, shared["recipes"], "recipe")
            try:
                check_model(task.model)
            except BudamaError as error:
                self.mistakes.append(f"{at}.model: {error}")
            provider, _, package = task.weights.partition(":")
            if provider == "package":
                self._known(f"{at}.weights", package, PACKAGES, "package")
        methods = {*criterion_names(), *shared["criteria"]}
        self._check_criteria(shared["criteria"])
        for name, scenario in scenarios.items():
            for key, values, choices, kind in (
                ("task", [scenario.task], tasks, "task"),
                ("recipe", [scenario.recipe], shared["recipes"], "recipe"),
                ("methods", scenario.methods, methods, "method"),
            ):
                at = f"{self._origin_of(key, base, name, files[name])}: {key}"
                for value in values:
                    self._known(at, value, choices, kind)

    def _check_criteria(self, choices: dict[str, CriterionChoice]) -> None:
        """Load the criteria that the config defines: only they can know their options."""
        for name, choice in choices.items():
            try:
                load_criterion(choice)
            except BudamaError as error:
                self.mistakes.append(f"criteria.{name}: {error}")

    def _origin_of(self, key: str, base: ConfigFile, name: str, file: ScenarioFile) -> str:
        if key in self.overrides:
            return COMMAND_LINE
        if getattr(base, key, None) is not None:
            return "config/config.yaml"
        if getattr(file, key) is not None:
            return f"config/scenarios/{name}.yaml"
        return f"config/config.yaml: defaults (used by scenario {name})"

    def _known(self, where: str, name: str, choices: Any, kind: str) -> None:
        if name not in choices:
            message = f"{where}: unknown {kind} '{name}': {did_you_mean(name, choices)}"
            if message not in self.mistakes:
                self.mistakes.append(message)

    def _read(self, path: Path, name: str) -> dict[str, Any]:
        try:
            value = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
            self.mistakes.append(f"{name}: cannot be read: {reason}")
            return {}
        if value is not None and not isinstance(value, dict):
            self.mistakes.append(f"{name}: must be a mapping of keys to values")
            return {}
        return value or {}

    def _check(
        self,
        model: type[Model],
        value: dict[str, Any],
        name: str,
        overrides: dict[str, Any] | None = None,
    ) -> Model | None:
        if any(mistake.startswith(f"{name}: cannot be read") for mistake in self.mistakes):
            return None
        try:
            return model.model_validate(_merge(value, overrides or {}))
        except ValidationError as error:
            self.mistakes += explain(error, model, name, overrides or {})
            return None

    def _stop_if_wrong(self) -> None:
        if self.mistakes:
            count = len(self.mistakes)
            title = "one mistake" if count == 1 else f"{count} mistakes"
            lines = "".join(f"\n  - {mistake}" for mistake in self.mistakes)
            raise BudamaError(f"the configuration has {title}:{lines}")


def _merge(low: dict[str, Any], high: dict[str, Any]) -> dict[str, Any]:
    """Return ``low`` with ``high`` on top, mapping by mapping."""
    merged = dict(low)
    for key, value in high.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merge(below, value) if both else value  # type: ignore[arg-type]
    return merged
