"""Some files of the configuration, checked as a whole: one ``Config``, or every mistake."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from budama.config.as_written import Written, check_misread
from budama.config.asked import BLOCKS
from budama.config.assumed import check_setting
from budama.config.base import LIKE
from budama.config.conflicts import Shared, in_case_only
from budama.config.criterion import CriterionChoice
from budama.config.inheritance import inherit_latency, inherit_recipes, liked, taken_over
from budama.config.mistakes import COMMAND_LINE, explain, origin_of
from budama.config.places import CONFIG_FILE, scenario_file
from budama.config.reading import Files
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
from budama.system.files.names import lookalikes

Model = TypeVar("Model", bound=BaseModel)
Said = dict[str, dict[str, Any]]  # what each file says, by its name
FALLBACK = {
    "methods": ["coverage", "wanda", "magnitude", "taylor"],
    "controls": ["random", DENSE_FINETUNED],
    "scopes": ["layer", "global"],
    "normaliser": ["auto"],
    "budgets": [{"channels": 0.1}],
    "repair": ["refit"],
    "answer": {},
}


class Attempt:
    """Collects mistakes on the way, so that all are told at once.

    ``mistakes`` are those of config.yaml and of the ``scenarios`` whose files are looked at;
    ``borrowed`` are the kinds and names that one of these files refers to and has from elsewhere:
    neither the file itself nor config.yaml defines them.
    """

    def __init__(self, files: Files, scenarios: frozenset[str], vocabulary: Vocabulary) -> None:
        self.files = files
        self.overrides = files.overrides
        self.vocabulary = vocabulary
        self.scenarios = sorted(scenarios)
        self._library = {name: CriterionChoice(criterion=name) for name in vocabulary.criteria}
        self.found: list[str] = []
        # mistakes that a block has from the one whose values it takes over, and which has them, too
        self.taken_over: list[str] = []
        self.borrowed: set[tuple[str, str]] = set()
        self.config = self._load()

    @property
    def mistakes(self) -> list[str]:
        """What is wrong, each thing once and where it stands."""
        return self.found or self.taken_over

    def _load(self) -> Config | None:
        names = [CONFIG_FILE, *map(scenario_file, self.scenarios)]
        for name in names:
            self.found += self.files.mistakes.get(name, [])
        for group in lookalikes(self.scenarios):
            self.found.append(f"{scenario_file(group[-1])}: {in_case_only(group)}")
        given = {name: self.files.said[name] for name in names}
        whole = self._inherit(given)
        base = self._check(ConfigFile, CONFIG_FILE, given, whole)
        files = {}
        for name in self.scenarios:
            scenario = self._check(ScenarioFile, scenario_file(name), given, whole)
            if scenario is not None:
                files[name] = scenario
        if self.mistakes:
            return None
        assert base is not None
        config = self._combine(base, files)
        return None if self.mistakes else config

    def _inherit(self, given: Said) -> Said:
        """Write out the recipes that are like others, and the tasks' own ``latency``."""
        all_read = not self.found
        whole, mistakes = inherit_recipes(given)
        for file, raw in given.items():
            for recipe in liked(raw):
                self._note_borrowed(file, "recipes", recipe)
        for file, recipe, reason in mistakes if all_read else []:
            at = ("recipes", recipe, LIKE)
            origin = origin_of(at, file, self.overrides if file == CONFIG_FILE else {})
            self.found.append(f"{origin}: {'.'.join(at)}: {reason}")
        shared = given[CONFIG_FILE].get("latency")
        last = self.overrides.get("latency")
        return {file: inherit_latency(raw, shared, last) for file, raw in whole.items()}

    def _combine(self, base: ConfigFile, files: dict[str, ScenarioFile]) -> Config:
        shared: dict[str, dict[str, Any]] = {}
        for kind in ("datasets", "criteria", "recipes", "tasks"):
            own = self._library if kind == "criteria" else {}
            of_all = Shared(kind, getattr(base, kind), own)
            for name, file in files.items():
                self.found += of_all.add(name, getattr(file, kind))
            self.found += of_all.alike()
            shared[kind] = of_all.things
        scenarios = {name: self._complete(name, base, file) for name, file in files.items()}
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
            criteria=self._library | shared["criteria"],
            recipes=shared["recipes"],
            tasks=seeded,
            scenarios=scenarios,
            left_out={},
        )

    def _complete(self, name: str, base: ConfigFile, file: ScenarioFile) -> Scenario:
        """Fill in what the scenario's file leaves out, and override what the command line gives."""
        # of these two files alone: others must not matter
        recipes = [*base.recipes, *file.recipes]
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
            self._known(f"{asked_for}: scenarios", wanted, self.files.scenarios, "scenario")
        origin = {key: scenario_file(n) for n, f in files.items() for key in f.tasks}
        tasks: dict[str, Task] = shared["tasks"]
        for key, task in tasks.items():
            file = origin.get(key, where)
            self._note_borrowed(file, "datasets", task.dataset)
            self._note_borrowed(file, "recipes", task.recipe)
            at = f"{file}: tasks.{key}"
            self._known(f"{at}.dataset", task.dataset, shared["datasets"], "dataset")
            self._known(f"{at}.recipe", task.recipe, [*shared["recipes"], NO_TRAINING], "recipe")
            if task.recipe in shared["recipes"] and shared["recipes"][task.recipe].distillation:
                self.found.append(
                    f"{at}.recipe: '{task.recipe}' distils the dense model, and here it is the "
                    "dense model that is trained; name a recipe without distillation"
                )
            try:
                self.vocabulary.check_model(task.model)
            except BudamaError as error:
                self.found.append(f"{at}.model: {error}")
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
                    self._note_borrowed(scenario_file(name), BLOCKS[kind], value)
                    self._known(at, value, choices, kind)
            self._check_assumed(scenario_file(name), files[name])

    def _check_times(
        self, base: ConfigFile, scenarios: dict[str, Scenario], tasks: dict[str, Task]
    ) -> None:
        """Budgets that need measured times need latency to be measured."""
        for name in base.scenarios:
            scenario = scenarios.get(name)  # those that are left out are not asked for
            task = tasks.get(scenario.task) if scenario is not None else None
            if scenario is None or task is None or not (task.latency or base.latency).skip:
                continue
            for budget in scenario.budgets:
                if budget.reads_costs:
                    self.found.append(
                        f"latency.skip: the budget {budget.id} of scenario '{name}' needs what is "
                        "measured on the device; take skip away, or give a budget in macs"
                    )

    def _check_criteria(self, choices: dict[str, CriterionChoice]) -> None:
        """Check the criteria that the config defines: only they can know their options."""
        for name, choice in choices.items():
            try:
                self.vocabulary.check_criterion(choice)
            except BudamaError as error:
                self.found.append(f"criteria.{name}: {error}")

    def _check_assumed(self, where: str, file: ScenarioFile) -> None:
        for path in file.assumed:
            try:
                check_setting(path)
            except BudamaError as error:
                self.found.append(f"{where}: assumed.{path}: {error}")

    def _origin_of(self, key: str, base: ConfigFile, name: str, file: ScenarioFile) -> str:
        if key in self.overrides:
            return COMMAND_LINE
        if getattr(base, key, None) is not None:
            return CONFIG_FILE
        own = [file, *(file.parts or [])] if key in Part.model_fields else [file]
        if any(getattr(level, key) is not None for level in own):
            return scenario_file(name)
        return f"{CONFIG_FILE}: defaults (used by scenario {name})"

    def _note_borrowed(self, file: str, kind: str, name: str) -> None:
        """Note a name that ``file`` refers to, unless it stands for something there or anyway."""
        anyway = {"criteria": self._library, "recipes": (NO_TRAINING,)}.get(kind, ())
        blocks = [self.files.said[one].get(kind) for one in (file, CONFIG_FILE)]
        if name not in anyway and not any(isinstance(b, dict) and name in b for b in blocks):
            self.borrowed.add((kind, name))

    def _known(self, where: str, name: str, choices: Any, kind: str) -> None:
        if name not in choices:
            message = f"{where}: unknown {kind} '{name}': {did_you_mean(name, choices)}"
            if message not in self.found:
                self.found.append(message)

    def _check(self, model: type[Model], name: str, given: Said, whole: Said) -> Model | None:
        if name in self.files.unread:
            return None
        overrides = self.overrides if name == CONFIG_FILE else {}
        written = Written(self.files.files[name], overrides)
        try:
            checked = written.validate(model, whole[name])
        except ValidationError as error:
            self._explain(error, model, name, given[name])
            checked = None
        self.found += check_misread(written, name)
        return checked

    def _explain(
        self, error: ValidationError, model: type[Model], name: str, said: dict[str, Any]
    ) -> None:
        overrides = self.overrides if name == CONFIG_FILE else {}
        beyond = self.files.out_of_reach() if name == CONFIG_FILE else {}
        at_fault = {mistake["loc"][:2] for mistake in error.errors()}
        self.found += [told for block, told in beyond.items() if block in at_fault]
        self.found += explain(
            error,
            model,
            name,
            overrides,
            lambda at: at[:2] not in beyond and not taken_over(said, at),
        )
        self.taken_over += explain(error, model, name, overrides, lambda at: taken_over(said, at))


def _first(key: str, *levels: Part) -> Any:
    """Return what the first of ``levels`` says of ``key`` that says anything."""
    return next(value for level in levels if (value := getattr(level, key)) is not None)
