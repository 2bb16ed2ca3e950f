"""Whether a provider tells files of the same names apart, or times one for the other.

ONNX Runtime finds TensorRT's engines by names. Without a cache for each file, a pruned model is
answered, and timed, with the dense one's engine. What a provider answers is the proof.
"""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from budama.latency.children import in_fresh_process
from budama.latency.inputs import example
from budama.latency.providers import Target
from budama.system.errors import BudamaError

log = logging.getLogger("budama")
# How far a provider's answers may lie from the CPU's, as a share of their norm. Another file's lie
# about once or twice that norm away.
TOLERANCE = {"fp32": 0.05, "tf32": 0.2, "fp16": 0.2, "int8": 0.5}

ITSELF = "itself"

Answers = list[npt.NDArray[Any]]


def check_apart(model: Path, target: Target, batch: int) -> dict[str, Any]:
    """Run ``model`` and its decoys in one process on ``target``, as two files are timed.

    Returns the ``precision``; how far the model's answers lie from those of ONNX Runtime's CPU
    provider in percent (``difference_pct``); the ``decoys`` that it was told apart from; and, where
    there was none, ``why_not``.
    Raises ``BudamaError`` if a file was not given its own answers.
    """
    from budama.latency.decoys import write_decoys  # takes onnx, which timing need not wait for

    found: dict[str, Any] = {
        "precision": target.precision,
        "difference_pct": None,
        "decoys": [],
        "why_not": "",
    }
    own = _on_cpu(model, target.threads, batch)
    if own is None:
        return found | {"why_not": "the CPU gives no answers to compare with"}
    files, expected = {ITSELF: model}, {ITSELF: own}
    with TemporaryDirectory(prefix="budama-decoys-") as name:
        for case, file in write_decoys(model, Path(name)):
            answers = _on_cpu(file, target.threads, batch)
            if answers and difference(answers, own) > TOLERANCE[target.precision]:
                files[case], expected[case] = file, answers
        if len(files) == 1:
            return found | {"why_not": "its graph allows no decoy that would answer otherwise"}
        given = _given(list(files.values()), target, batch, Path(name))
    differences = [
        _judge(model, target, case, answers, expected)
        for case, answers in zip(files, given, strict=True)
    ]
    return found | {"difference_pct": 100 * differences[0], "decoys": list(files)[1:]}


def _given(files: list[Path], target: Target, batch: int, folder: Path) -> list[Answers | str]:
    """Return what ``target`` answers for each file, or what went wrong."""
    count = len(files)
    done = in_fresh_process(
        "run_once", files, [target] * count, batches=[batch] * count, answers=str(folder)
    )
    return [error or _stored(folder / f"{n}.npz") for n, error in enumerate(done["errors"])]


def _stored(file: Path) -> Answers:
    with np.load(file) as answers:
        return list(answers.values())


def _judge(
    model: Path, target: Target, case: str, given: Answers | str, expected: dict[str, Answers]
) -> float:
    """Return how far ``given`` lies from what is expected of ``case``."""
    what = str(model) if case == ITSELF else f"a copy of {model} with {case} and the same names"
    if isinstance(given, str):
        raise BudamaError(
            f"{target.provider} runs {what} no more once others of these names are open, and the "
            f"CPU does; it may have taken one for another: {given}"
        )
    away = {other: difference(given, answers) for other, answers in expected.items()}
    if away[case] <= TOLERANCE[target.precision]:
        return away[case]
    nearest = min(away, key=lambda other: away[other])
    taken = "" if nearest == case else ": it takes one file for another of the same names"
    raise BudamaError(
        f"{target.provider} ({target.precision}) answers {what} otherwise than the CPU does, by "
        f"{100 * away[case]:.0f}%{taken}. Its times would not be this model's. Take another "
        "provider (latency.providers), or another version of ONNX Runtime"
    )


def difference(found: Answers, expected: Answers) -> float:
    """Return the norm of the difference over that of what is expected; infinite in other shapes."""
    if [value.shape for value in found] != [value.shape for value in expected]:
        return float("inf")
    apart = [np.subtract(a, b, dtype=np.float64) for a, b in zip(found, expected, strict=True)]
    size = _norm(expected)
    away = _norm(apart) / size if size else float(_norm(apart) > 0)
    return away if np.isfinite(away) else float("inf")


def _norm(values: Answers) -> float:
    return float(np.sqrt(sum(np.square(value, dtype=np.float64).sum() for value in values)))


def _on_cpu(file: Path, threads: int, batch: int) -> Answers | None:
    """Return what ONNX Runtime's CPU provider answers; ``None`` if it cannot, or not in numbers."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        found: Answers = session.run(None, example(session, batch))
    except Exception as error:  # ONNX Runtime's own errors share no base class but this
        log.debug("%s does not run on the CPU: %s", file, error)
        return None
    return found if all(np.isfinite(value).all() for value in found) else None
