from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from budama.config.budget import Budget
from budama.system.errors import BudamaError
from budama.system.job.binding import bind
from budama.system.job.device import Execution


def nothing() -> None:
    """Take no arguments."""


def prune(
    *,
    dense: Path,
    onnx_files: list[Path],
    teacher: Path | None,
    scope: Literal["layer", "global"],
    budget: Budget,
    seed: int,
    logs: dict[str, Path],
    execution: Execution,
    timed: bool = True,
) -> None:
    """Take one of everything."""
    raise AssertionError("nobody calls it here")


SETTINGS = {"scope": "layer", "budget": {"macs": 0.5}, "seed": 3, "logs": {"export": "e.log"}}
WORDS = ["--dense", "d", "--onnx-files", "a", "b", "--teacher", "t", "t.json", "--threads", "2"]
FRAME = ["--settings", "-"]


def bound(settings: Any = SETTINGS, words: Sequence[str] = WORDS) -> dict[str, Any]:
    return bind(prune, settings, words=[*words, *FRAME])


def test_paths_are_options_and_everything_else_is_settings() -> None:
    assert bound() == {
        "dense": Path("d"),
        "onnx_files": [Path("a"), Path("b")],
        "teacher": Path("t"),
        "scope": "layer",
        "budget": Budget(macs=0.5),
        "seed": 3,
        "logs": {"export": Path("e.log")},
        "execution": Execution("auto", 2, 0),
        "timed": True,
    }


@pytest.mark.parametrize("words", [["--teacher"], []])
def test_a_path_that_may_be_missing_is_none(words: list[str]) -> None:
    assert bound(words=["--dense", "d", "--onnx-files", *words])["teacher"] is None


def test_a_stage_may_take_nothing() -> None:
    assert bind(nothing, {}, words=FRAME) == {}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sed": 3}, "the key 'sed' is unknown: did you mean 'seed'? Choices: budget, logs, s"),
        ({"dense": "x"}, "the key 'dense' is unknown"),
        ({"budget": {"macs": 2}}, "budget.macs: input should be less than 1 (it is 2)"),
        ({"budget": {"mac": 0.5}}, "budget.mac: extra inputs are not permitted (it is 0.5)"),
        ({"scope": "all"}, "scope: input should be 'layer' or 'global' (it is 'all')"),
    ],
)
def test_a_key_or_value_that_does_not_fit_is_named(settings: Any, message: str) -> None:
    with pytest.raises(BudamaError) as error:
        bound(SETTINGS | settings)
    assert str(error.value).startswith(f"prune: the settings do not fit: {message}")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BudamaError, match=r"^prune: .*: the key 'seed' is missing; .* 'logs' is m"):
        bound({key: SETTINGS[key] for key in ("scope", "budget")})


def test_settings_are_an_object() -> None:
    with pytest.raises(BudamaError, match="prune: the settings must be an object"):
        bound([1, 2])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--onnx-files", "a"], "the following arguments are required: --dense; .* --help names"),
        ([*WORDS, "--outputs", "x"], "unrecognized arguments: --outputs x"),
        ([*WORDS, "--thread", "x"], "unrecognized arguments: --thread x"),
        ([*WORDS, "--threads", "x"], "argument --threads: invalid int value: 'x'"),
    ],
)
def test_a_mistake_on_the_command_line_is_an_error(words: list[str], message: str) -> None:
    with pytest.raises(BudamaError, match=message):
        bound(words=words)


@dataclass(frozen=True)
class Colour:
    name: str

    @classmethod
    def options(cls, parser: ArgumentParser) -> None:
        parser.add_argument("--colour")

    @classmethod
    def of(cls, arguments: Namespace) -> "Colour":
        return cls(arguments.colour)


def paint(brush: Colour) -> None:
    """Take a type with options of its own."""


def test_a_type_may_have_options_of_its_own() -> None:
    assert bind(paint, {}, words=["--colour", "red", *FRAME]) == {"brush": Colour("red")}
