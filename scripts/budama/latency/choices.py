"""What of the settings can be run with some files: known before anything is timed."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from budama.config.latency import Latency
from budama.latency.children import in_fresh_process
from budama.latency.inputs import Input, check_inputs, inputs_of
from budama.latency.providers import Target
from budama.latency.requirements import needs_driver
from budama.models.onnx.file import check_foreign
from budama.system.errors import BudamaError

Inputs = dict[Path, list[Input]]


class Choice(NamedTuple):
    """Where files run, and with how many images at once."""

    target: Target
    batch: int


def precision_file(model: Path, precision: str) -> Path:
    """Return the file of ``model``, which may be anybody's, in a precision.

    Ours are called so too: see ``config.places.onnx_file``.
    """
    return model if precision in ("fp32", "tf32") else model.with_suffix(f".{precision}.onnx")


def read_inputs(models: Sequence[Path], settings: Latency) -> Inputs:
    """Return the inputs of every file that may be timed, without opening a session.

    Raises ``BudamaError`` if one would have others read, or run, or is not there in fp32.
    """
    files = {precision_file(model, p): p for p in settings.precisions for model in models}
    return {
        file: inputs_of(check_foreign(file))
        for file, precision in files.items()
        if file in models or file.exists()
    }


def possible(
    models: Sequence[Path], settings: Latency, target: Target, inputs: Inputs
) -> tuple[list[Choice], list[str]]:
    """Return where each precision runs, with each batch size, and what is left out and why.

    Of several, each is tried in a process of its own: memory may not do for the larger batches.
    Raises ``BudamaError`` if nothing is left in fp32, the measure of all others.
    """
    wanted = [
        Choice(replace(target, precision=precision), batch)
        for precision in settings.precisions
        for batch in settings.batch_sizes
    ]
    found, left_out = [], []
    for choice in wanted:
        full = choice._replace(target=replace(target, precision="fp32"))
        reasons = list(_obstacles(choice, models, inputs))
        if not reasons and choice != full and full not in found:
            reasons = ["fp32 does not run with this batch size, which it would be compared with"]
        if not reasons and len(wanted) > 1:
            reasons = list(_failures(choice, models))
        if reasons:
            name = f"{choice.target.precision}, batch size {choice.batch}"
            left_out.append(f"{name}: {'; '.join(reasons)}")
        else:
            found.append(choice)
    if not any(choice.target.precision == "fp32" for choice in found):
        raise BudamaError("nothing can be timed in fp32: " + "; ".join(left_out))
    return found, left_out


def _obstacles(choice: Choice, models: Sequence[Path], inputs: Inputs) -> Iterator[str]:
    """Yield what the files themselves say against ``choice``."""
    precision = choice.target.precision
    if precision == "tf32" and not needs_driver(choice.target.provider):
        yield f"{choice.target.provider} does not have it"
        return
    for file in dict.fromkeys(precision_file(model, precision) for model in models):
        if file not in inputs:
            yield f"there is no {file}"
            continue
        try:
            check_inputs(inputs[file], choice.batch)
        except BudamaError as error:
            yield f"{file}: {error}"


def _failures(choice: Choice, models: Sequence[Path]) -> Iterator[str]:
    """Yield what happens when ``choice`` is run once."""
    files = list(dict.fromkeys(precision_file(model, choice.target.precision) for model in models))
    count = len(files)
    try:
        done = in_fresh_process(
            "run_once",
            files,
            [choice.target] * count,
            batches=[choice.batch] * count,
            answers="",
        )
    except BudamaError as error:
        yield str(error)
        return
    for file, failure in zip(files, done["errors"], strict=True):
        if failure:
            yield failure if str(file) in failure else f"{file}: {failure}"
