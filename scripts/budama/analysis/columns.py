"""One table of all figures: where each comes from, how seeds share it, how the report shows it.

A figure that a stage writes into one of a model's JSON files needs one ``Column`` here to be in
``summary.csv`` and ``results.csv``, and its name in ``SHOWN`` and a word in each language to be in
the report's table of results.

Three tables are written elsewhere. ``latency.csv`` has a row for each measurement instead of each
model (``stages/summarise.py``); ``comparison.csv``, across scenarios, has shares of each task's
dense model (``analysis/tasks.py``). A model card takes its accuracies from here, but not what the
model costs: that stands there in another order and with other decimals than in the report, beside
what the dense model costs (``report/card/card.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from budama.config.places import DESCRIPTION, EVALUATION, EXPORT, LATENCY
from budama.system.errors import BudamaError

BYTES_PER_MIB = 2**20
# What a result may differ in beside its method
AXES = ("scope", "budget", "normaliser", "repair", "recipe")
# What tells results apart, and what tells models apart: a result is that of all its seeds
KEY = ["method", *AXES]
MODEL_KEY = [*KEY, "seed"]
# What recipes share: a cut and its repair
CUT_KEY = [name for name in KEY if name != "recipe"]
CHOSEN = "normaliser_chosen"
# The title of the scenario's part that a cut is from
PART = "part"
# As cut, with batch norms measured anew, and as repaired, which is where the recovery starts
AFTER_THE_CUT = ("validation_after_cut_pct", "validation_norms_pct", "validation_repaired_pct")


@dataclass(frozen=True)
class Column:
    """One column of ``summary.csv``.

    ``file`` is the JSON file of a model's folder that has the figure, ``key`` the way to it there,
    with dots between its steps (``name`` if there is none), ``unit`` what it is divided by. Without
    a file the figure is derived: see ``stages/summarise.py``. One that is ``optional`` stays empty
    where its key is missing.

    ``over_seeds`` says what ``results.csv`` has of several seeds; a column without it is not a
    figure.

    ``word`` is the key of the report's word for it, and ``digits`` its decimals there. ``form`` is
    how it is written: a number, a relative change in percent, a change in points, or G of
    multiply-accumulates. It begins an interval that ends with the column ``until``, and both are
    shown as one. Unless it is ``always`` shown, the report leaves it out where no model has it;
    what is not ``of_dense`` says nothing of the dense model. ``published`` is its name among the
    published figures; ``card`` that in a model card, which has the accuracies with their intervals.
    """

    name: str
    file: str = ""
    key: str = ""
    unit: float = 1
    optional: bool = False
    over_seeds: Literal["mean", "lowest", "highest", "any", ""] = "mean"
    word: str = ""
    digits: int = 2
    form: Literal["number", "change", "points", "macs"] = "number"
    until: str = ""
    always: bool = False
    of_dense: bool = True
    published: str = ""
    card: str = ""

    def read(self, content: Mapping[str, Any], path: Path) -> Any:
        """Return the figure from ``content``, that of its file, which is ``path``.

        Raises ``BudamaError`` if it is missing there and must not be.
        """
        key = self.key or self.name
        found: Any = content
        try:
            for step in key.split("."):
                found = found[int(step) if isinstance(found, list) else step]
        except (LookupError, TypeError, ValueError) as error:
            if self.optional:
                return None
            raise BudamaError(f"{path} lacks {key}: delete it and run again") from error
        return found if self.unit == 1 else found / self.unit


def _named(*names: str) -> tuple[Column, ...]:
    """Return the columns that tell models apart, or what they have in common."""
    return tuple(Column(name, over_seeds="") for name in names)


def _after_the_cut(name: str) -> Column:
    """Return the accuracy on validation images before any training, as the stage prune found it."""
    return Column(
        f"validation_{name}_pct",
        DESCRIPTION,
        f"provenance.validation.{name}_pct",
        optional=True,
        word=name,
        digits=1,
        of_dense=False,
    )


# The order is that of summary.csv
COLUMNS = (
    *_named("scenario", "task", "model", "dataset", *MODEL_KEY),
    # what the normaliser auto came to
    Column(CHOSEN, DESCRIPTION, "provenance.normaliser.chosen", optional=True, over_seeds=""),
    Column(PART, over_seeds=""),
    Column("test_images", EVALUATION, "images", over_seeds=""),
    Column("accuracy_pct", EVALUATION, word="accuracy", always=True, card="Accuracy (%)"),
    Column("accuracy_low_pct", EVALUATION, word="interval", digits=1, until="accuracy_high_pct"),
    Column("accuracy_high_pct", EVALUATION),
    Column("accuracy_drop_pp", word="loss", form="points", of_dense=False),
    # the evaluation leaves it out for five classes or fewer
    Column("top5_pct", EVALUATION, optional=True, word="top5", card="Top-5 accuracy (%)"),
    _after_the_cut("after_cut"),
    _after_the_cut("norms"),
    _after_the_cut("repaired"),
    Column("validation_pct"),
    Column("size_mib", DESCRIPTION, "figures.size_bytes", BYTES_PER_MIB, word="size"),
    Column("size_change_pct", word="size_change", form="change", of_dense=False),
    Column("params_m", DESCRIPTION, "figures.params", 1e6),
    Column("macs_g", DESCRIPTION, "figures.macs", 1e9, word="macs", form="macs"),
    Column("macs_change_pct", word="macs_change", form="change", of_dense=False),
    Column("latency_ms", word="latency", digits=3, always=True, published="inference_ms"),
    Column("latency_ratio", word="latency_ratio", digits=3, always=True),
    Column(
        "latency_ratio_low",
        over_seeds="lowest",
        word="latency_interval",
        digits=3,
        until="latency_ratio_high",
    ),
    Column("latency_ratio_high", over_seeds="highest"),
    Column("latency_noisy", LATENCY, "measurements.0.noisy", over_seeds="any"),
    Column("provider", LATENCY, over_seeds=""),
    Column("latency_batch_size", LATENCY, "measurements.0.batch_size"),
    Column("peak_pct", LATENCY, "measurements.0.model.peak_pct", word="peak", digits=1),
    Column("latency_measured_ms", LATENCY, "measurements.0.model.p50_ms"),
    Column("latency_dense_measured_ms", LATENCY, "measurements.0.dense.p50_ms"),
    Column("onnx_accuracy_pct", EVALUATION, "onnx.fp32.accuracy_pct", word="onnx_accuracy"),
    Column("onnx_largest_difference", EXPORT, "largest_difference", over_seeds="highest"),
    Column("onnx_top1_agreement_pct", EVALUATION, "onnx.fp32.top1_agreement_pct"),
)
_BY_NAME = {column.name: column for column in COLUMNS}
# The figures of the report's table of results, in its order
SHOWN = tuple(
    _BY_NAME[name]
    for name in (
        *("accuracy_pct", "accuracy_low_pct", "top5_pct", "accuracy_drop_pp"),
        *AFTER_THE_CUT,
        *("onnx_accuracy_pct", "size_mib", "size_change_pct"),
        *("latency_ms", "latency_ratio", "latency_ratio_low", "peak_pct"),
        *("macs_g", "macs_change_pct"),
    )
)
# The standard deviation of the accuracy over seeds: of results.csv alone
SPREAD = "accuracy_spread_pp"
NOISY = "latency_noisy"
FIGURES = tuple(column for column in COLUMNS if column.over_seeds and column.name != NOISY)
