"""The summary: one row per model, from the files that the stages left."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from budama.analysis.columns import (
    AFTER_THE_CUT,
    BYTES_PER_MIB,
    CHOSEN,
    COLUMNS,
    MODEL_KEY,
    PART,
    Column,
)
from budama.config.places import CURVE, DESCRIPTION, EVALUATION, LATENCY
from budama.config.schema import DENSE_FINETUNED, NOT_APPLICABLE
from budama.latency.statistics import CONFIDENCE
from budama.pruning.timed.device import Device
from budama.system.errors import BudamaError
from budama.system.files.atomic import write_csv
from budama.system.files.csv_file import read_csv
from budama.system.files.json_file import read_json

# Of the models that a refusal names, so many
_NAMED = 3
KEPT_EPOCH = Column("kept_epoch", DESCRIPTION, "provenance.kept_epoch")
# One row of latency.csv per model, precision and batch size: what latency.json says of all of them,
# under ``one`` what it says of this one, and under ``tested`` what evaluation.json does
_TIMINGS = (
    *map(Column, MODEL_KEY),
    Column("precision", LATENCY, "one.precision"),
    Column("batch_size", LATENCY, "one.batch_size"),
    *map(Column, ("ratio", "ratio_low", "ratio_high")),
    Column("noisy", LATENCY, "one.noisy"),
    Column("dense_p50_ms", LATENCY, "one.dense.p50_ms"),
    *(
        Column(name, LATENCY, f"one.model.{name}")
        for name in ("p50_ms", "p90_ms", "p99_ms", "mean_ms", "ms_per_image", "images_per_s")
    ),
    Column("peak_pct", LATENCY, "one.model.peak_pct"),
    # TF32 is the fp32 file, run with less precision: it was not tested
    Column("accuracy_pct", EVALUATION, "tested.accuracy_pct", optional=True),
    Column("top1_agreement_pct", EVALUATION, "tested.top1_agreement_pct", optional=True),
    Column("file_mib", EVALUATION, "tested.bytes", BYTES_PER_MIB, optional=True),
    Column("provider", LATENCY),
    Column("threads", LATENCY, "settings.threads"),
    Column("others_pct", LATENCY, "machine.others_pct"),
)


def summarise(
    *,
    shared: dict[str, str],
    dense: dict[str, Any],
    cells: list[dict[str, Any]],
    timed: bool,
    output: Path,
    timings: Path,
) -> None:
    """Write ``summary.csv`` to ``output``: the dense model first, then the cells in their order.

    ``shared`` are the columns that all rows have in common; ``dense`` and each cell give their
    ``folder`` and their own columns. Changes are relative to the dense model, a loss is negative,
    as published. The dense ``latency_ms`` is the median of what all measurements saw of it,
    and a cell's is its ratio times that: the ratio was measured by turns and holds, whereas the
    milliseconds of different jobs drift with the machine (``latency_measured_ms`` keeps them).
    An interval of a ratio that covers less than 95% is left empty: see ``latency.json``.

    ``timings`` receives every measurement of latency, one row per model, precision and batch size;
    unless the models were ``timed`` it is empty, and so are the columns of latency.
    Raises ``BudamaError`` if models were timed on different providers, or if cuts to budgets in
    time are not all of the one device that all models were timed on.
    """
    models = [dense, *cells]
    own = [{k: v for k, v in model.items() if k != "folder"} for model in models]
    files = [_read(Path(model["folder"]), timed=timed) for model in models]
    if timed:
        _check_one_provider(files)
        _check_one_device(files, shared["scenario"])

    rows = [_row(read, columns) for read, columns in zip(files, own, strict=True)]
    for name in AFTER_THE_CUT:  # nothing was cut of the dense model
        rows[0][name] = rows[0]["validation_pct"]
    names = [column.name for column in COLUMNS]
    table = pd.DataFrame(rows).assign(**shared).reindex(columns=names)
    for name in (CHOSEN, PART):
        table[name] = table[name].astype(object).fillna(NOT_APPLICABLE)
    first = table.iloc[0]
    if timed:
        dense_ms = table["latency_dense_measured_ms"].median()
        table["latency_ms"] = table["latency_ratio"] * dense_ms
    table["accuracy_drop_pp"] = table["accuracy_pct"] - first["accuracy_pct"]
    for name, share in (("size_change_pct", "size_mib"), ("macs_change_pct", "macs_g")):
        table[name] = 100 * (table[share] / first[share] - 1)
    write_csv(output, table.round(6))

    measurements = [
        columns | row
        for columns, read in zip(own, files, strict=True)
        for row in (_measurements(read) if timed else ())
    ]
    names = [column.name for column in _TIMINGS]
    write_csv(timings, pd.DataFrame(measurements).reindex(columns=names).round(6))


class _Files(NamedTuple):
    """The JSON files of one model's ``folder`` that figures come from, by their names."""

    folder: Path
    contents: dict[str, dict[str, Any]]

    def figures(self, columns: Iterable[Column]) -> dict[str, Any]:
        """Return those of ``columns`` that the files have."""
        return {
            column.name: column.read(self.contents[column.file], self.folder / column.file)
            for column in columns
            if column.file in self.contents
        }


def _read(folder: Path, *, timed: bool) -> _Files:
    names = dict.fromkeys(column.file for column in COLUMNS if column.file)
    wanted = [name for name in names if timed or name != LATENCY]
    return _Files(folder, {name: read_json(folder / name) for name in wanted})


def _check_one_provider(files: list[_Files]) -> None:
    found = {read.contents[LATENCY]["provider"]: read.folder / LATENCY for read in files}
    if len(found) > 1:
        examples = ", ".join(f"{file} on {provider}" for provider, file in found.items())
        raise BudamaError(
            f"models were timed on different providers ({examples}), and their times cannot be "
            "compared: name one provider under latency.providers and run again"
        )


def _check_one_device(files: list[_Files], scenario: str) -> None:
    """Raise ``BudamaError`` if there are cuts to budgets in time, and of more than one device."""
    meant: dict[Device, list[str]] = {}
    timed: dict[Device, list[str]] = {}
    for read in files:
        own = Device.of_cut(read.contents[DESCRIPTION]["provenance"])
        if own is not None:
            meant.setdefault(own, []).append(str(read.folder))
        there = Device.of_measurement(read.contents[LATENCY])
        timed.setdefault(there, []).append(str(read.folder))
    if meant and len(meant | timed) > 1:
        found = [f"cut for {device}: {_first(names)}" for device, names in meant.items()]
        found += [f"timed on {device}: {_first(names)}" for device, names in timed.items()]
        run = f"snakemake --cores all {scenario} --forcerun"
        raise BudamaError(
            "a cut to a budget in time is of one kind of device, and a report never mixes two "
            f"({'; '.join(found)}). To have these models as they are, time them all on the device "
            f"they were cut for: {run} selftest; for models of this machine, which are other ones: "
            f"{run} selftest costs"
        )


def _first(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _row(files: _Files, own: dict[str, Any]) -> dict[str, Any]:
    """Return the columns that the files of one model give, and its ``own``."""
    row = files.figures(COLUMNS)
    curve = read_csv(files.folder / CURVE).set_index("epoch")["validation_accuracy_pct"]
    kept = KEPT_EPOCH.read(files.contents[DESCRIPTION], files.folder / DESCRIPTION)
    row["validation_pct"] = curve[kept]
    if own["method"] == DENSE_FINETUNED:  # not cut: what its training starts from
        row |= dict.fromkeys(AFTER_THE_CUT, curve[0])
    report = files.contents.get(LATENCY)
    return row | (_headline(report) if report else {}) | own


def _headline(report: dict[str, Any]) -> dict[str, float | None]:
    """Return the ratio of one model's first measurement: fp32 and the first batch size.

    The dense model is its own measure, so its ratio is 1.
    """
    ratios = _ratio(report["measurements"][0])
    if report["reference"]:
        ratios = {name: None if value is None else 1.0 for name, value in ratios.items()}
    return {f"latency_{name}": value for name, value in ratios.items()}


def _ratio(found: dict[str, Any]) -> dict[str, float | None]:
    """Return one measurement's ratio and its interval, which too few processes do not give."""
    names = ("ratio_low", "ratio_high")
    ends = [found[name] if found["coverage_pct"] >= 100 * CONFIDENCE else None for name in names]
    return {"ratio": found["ratio"], **dict(zip(names, ends, strict=True))}


def _measurements(files: _Files) -> Iterator[dict[str, Any]]:
    """Yield a row of latency.csv for every measurement of one model."""
    report, tested = files.contents[LATENCY], files.contents[EVALUATION]["onnx"]
    for found in report["measurements"]:
        content = report | {"one": found, "tested": tested.get(found["precision"], {})}
        one = _Files(files.folder, {LATENCY: content, EVALUATION: content})
        yield one.figures(_TIMINGS) | _ratio(found)
