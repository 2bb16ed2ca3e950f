"""Every key of the configuration. ``config/README.md`` explains them to users."""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    model_validator,
)

from budama.config.answer import Answer
from budama.config.base import Fraction, Name, Seed, Strict, WatchedPath, from_home
from budama.config.budget import Budget, Scope
from budama.config.criterion import CriterionChoice
from budama.config.cut import DEFAULT_UNITS, NORMALISERS, Kind, NormaliserChoice, Repair
from budama.config.data import Calibration, Dataset, Preprocessing
from budama.config.latency import Latency
from budama.config.network import check_model_form, check_start, check_weights_form
from budama.config.plan import Plan
from budama.config.recipe import NO_TRAINING, Recipe

DENSE = "dense"
DENSE_FINETUNED = "dense-finetuned"
NOT_APPLICABLE = "-"


class Threads(Strict):
    """CPU threads per job."""

    dense: int = Field(2, ge=1)
    cell: int = Field(1, ge=1)
    audit: int = Field(8, ge=1)


class Compute(Strict):
    """Where the work runs. Not part of any result: changing it reruns nothing."""

    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: Threads = Threads()
    workers: int = Field(0, ge=0)
    processes: int = Field(1, ge=1)
    save_every: float = Field(600, ge=0)
    tensorboard: bool = False


class Cluster(Strict):
    """What the jobs of a task ask a cluster's scheduler for, at first. Not part of any result."""

    hours: float = Field(4, gt=0)
    memory_gb: float = Field(16, gt=0)


def _of_training(name: str) -> str:
    if name == NO_TRAINING:
        raise ValueError("in a scenario it stands for no training; choose another name")
    return name


RecipeName = Annotated[Name, AfterValidator(_of_training)]


def _not_null(instead: str) -> BeforeValidator:
    """Refuse a null: it would be taken for a key that was left out, and mean the default."""

    def check(value: Any) -> Any:
        if value is None:
            raise ValueError(f"null stands for nothing here; write {instead}, or leave the key out")
        return value

    return BeforeValidator(check)


_NONE_IN_LETTERS = _not_null("none (in letters)")


class Task(Strict):
    """One model on one dataset: owner of the data, the dense model and the scores."""

    model: Annotated[str, AfterValidator(check_model_form), AfterValidator(from_home)]
    options: dict[str, Any] = {}
    weights: Annotated[str, AfterValidator(check_weights_form), AfterValidator(from_home)] = (
        "pretrained"
    )
    weights_sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    classes: WatchedPath | None = None
    dataset: Name
    image_size: int = Field(ge=8, le=4096)
    preprocessing: Preprocessing = Preprocessing()
    validation: Fraction = 0.1
    calibration: Calibration = Calibration()
    selection: int = Field(1000, ge=1)
    recipe: Annotated[Name, _NONE_IN_LETTERS]
    ignore: list[str] = []
    units: list[Kind] = Field(list(DEFAULT_UNITS), min_length=1)
    batch_size: int = Field(256, ge=1)
    seed: Seed | None = None
    cache: int | None = Field(None, ge=8, le=4096)
    latency: Latency | None = None
    cluster: Cluster = Cluster()

    @model_validator(mode="after")
    def _cache_holds_enough(self) -> "Task":
        if self.cache is not None and self.cache < self.image_size:
            raise ValueError(
                f"cache: {self.cache} is below image_size: {self.image_size}, so that images would "
                "be enlarged again; give at least image_size, or leave cache out"
            )
        return self

    @model_validator(mode="after")
    def _model_can_begin(self) -> "Task":
        check_start(self.model, self.weights, self.recipe, self.options)
        return self


def _one_or_more(value: Any) -> Any:
    return value if value is None or isinstance(value, list | tuple) else [value]


_OneOrMore = BeforeValidator(_one_or_more)
Names = Annotated[list[Name], _OneOrMore, Field(min_length=1)]
Normalisers = Annotated[list[NormaliserChoice], _OneOrMore, Field(min_length=1)]
Repairs = Annotated[list[Repair], _OneOrMore, Field(min_length=1)]


_A_NORMALISER = _not_null(f"{', '.join(NORMALISERS)} or auto")
Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LONGEST_TITLE = 40


def _fits_a_heading(title: str) -> str:
    if len(title) > LONGEST_TITLE or not title.isprintable() or title == NOT_APPLICABLE:
        raise ValueError(
            f"a part's title stands in tables: write a few words, at most {LONGEST_TITLE} letters"
        )
    return title


def _a_block(value: Any) -> Any:
    if isinstance(value, int | float | str):
        raise ValueError("write it as {lose_at_most: 1.0}")
    return value


class Part(Strict):
    """Cells that are cut, repaired and recovered by every combination of some choices."""

    methods: list[Name] | None = Field(None, min_length=1)
    controls: list[Literal["random", "dense-finetuned"]] | None = None
    scopes: list[Scope] | None = Field(None, min_length=1)
    normaliser: Annotated[Normalisers | None, _A_NORMALISER] = None
    budgets: list[Budget] | None = Field(None, min_length=1)
    repair: Annotated[Repairs | None, _NONE_IN_LETTERS] = None
    recipe: Annotated[Names | None, _NONE_IN_LETTERS] = None


class CellChoices(Part):
    """What a scenario may leave out: ``defaults`` in config.yaml fill it in."""

    answer: Annotated[Answer | None, BeforeValidator(_a_block)] = None
    seeds: list[Seed] | None = Field(None, min_length=1)


class TitledPart(Part):
    """A part of a scenario, with what it is called in the report's tables."""

    title: Annotated[Sentence, AfterValidator(_fits_a_heading)] | None = None


class ScenarioFile(CellChoices):
    """One file of ``config/scenarios``: the cells to compare, and what they need of their own."""

    title: str | None = None
    task: Name
    assumed: dict[str, Sentence] = {}
    parts: Annotated[list[TitledPart] | None, Field(min_length=1)] = None
    datasets: dict[Name, Dataset] = {}
    criteria: dict[Name, CriterionChoice] = {}
    recipes: dict[RecipeName, Recipe] = {}
    tasks: dict[Name, Task] = {}


class ChosenPart(Strict):
    """A part of a scenario with every choice made; without a ``title`` it is the whole."""

    title: str = ""
    methods: list[Name]
    controls: list[str]
    scopes: list[Scope]
    normaliser: Normalisers
    budgets: list[Budget]
    repair: Repairs
    recipe: Names


class Scenario(Strict):
    """A scenario with every choice made; what its parts differ in, it has of all of them."""

    title: str
    task: Name
    assumed: dict[str, str] = {}
    seeds: list[int]
    answer: Answer = Answer()
    parts: list[ChosenPart]

    @property
    def methods(self) -> list[str]:
        """The methods of all parts, each once."""
        return self._of_parts("methods")

    @property
    def controls(self) -> list[str]:
        """The controls of all parts."""
        return self._of_parts("controls")

    @property
    def scopes(self) -> list[Scope]:
        """The scopes of all parts."""
        return self._of_parts("scopes")

    @property
    def normaliser(self) -> list[NormaliserChoice]:
        """The normalisers of all parts."""
        return self._of_parts("normaliser")

    @property
    def budgets(self) -> list[Budget]:
        """The budgets of all parts."""
        return self._of_parts("budgets")

    @property
    def repair(self) -> list[Repair]:
        """The repairs of all parts."""
        return self._of_parts("repair")

    @property
    def recipe(self) -> list[str]:
        """The recipes of all parts."""
        return self._of_parts("recipe")

    def _of_parts(self, key: str) -> list[Any]:
        found: list[Any] = []
        for part in self.parts:
            found += [value for value in getattr(part, key) if value not in found]
        return found


class ConfigFile(CellChoices):
    """``config/config.yaml``; the cell choices at its top level are overrides (``--config``)."""

    scenarios: list[Name] = Field(["demo"], min_length=1)
    seed: Seed = 0
    compute: Compute = Compute()
    latency: Latency = Latency()
    plan: Plan = Plan()
    defaults: CellChoices = CellChoices()
    datasets: dict[Name, Dataset] = {}
    criteria: dict[Name, CriterionChoice] = {}
    recipes: dict[RecipeName, Recipe] = {}
    tasks: dict[Name, Task] = {}


class Config(Strict):
    """The whole, checked configuration."""

    wanted: list[Name]
    compute: Compute
    latency: Latency
    plan: Plan
    datasets: dict[Name, Dataset]
    criteria: dict[Name, CriterionChoice]
    recipes: dict[Name, Recipe]
    tasks: dict[Name, Task]
    scenarios: dict[Name, Scenario]
    # what is wrong with the files of scenarios that nothing asks for, by the scenario's name
    left_out: dict[str, list[str]] = {}

    def latency_of(self, task: str) -> Latency:
        """Return how the models of ``task`` are timed, and in which precisions."""
        return self.tasks[task].latency or self.latency
