from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from budama.latency import apart, process
from budama.latency.apart import check_apart, difference
from budama.latency.providers import Target, open_timed_session
from budama.system.errors import BudamaError
from tests.unit.latency.models import classifier

CPU = Target("CPU")


def here(_: str, files: Sequence[Path], targets: Sequence[Target], **more: Any) -> dict[str, Any]:
    return process.run_once(files, targets, **more)


def test_files_of_the_same_names_are_told_apart(tmp_path: Path) -> None:
    found = check_apart(classifier(tmp_path / "model.onnx"), CPU, 2)
    assert found["decoys"] == ["other weights", "other shapes"]
    assert found["difference_pct"] < 0.01
    assert found["why_not"] == ""


@pytest.mark.parametrize("case", ["other-weights", "other-shapes"])
def test_a_provider_that_takes_one_file_for_another_is_refused(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As TensorRT does from one folder of engines: the first file's session answers for both."""
    first: list[Any] = []

    def by_name(file: Path, target: Target, batch: int) -> Any:
        first.append(open_timed_session(file, target, batch))
        return first[0 if file.parent.name == case else -1]

    monkeypatch.setattr(process, "open_timed_session", by_name)
    monkeypatch.setattr(apart, "in_fresh_process", here)
    with pytest.raises(BudamaError, match=r"CPU \(fp32\) answers a copy of .*model.onnx with") as e:
        check_apart(classifier(tmp_path / "model.onnx"), CPU, 1)
    assert case.replace("-", " ") in str(e.value)
    assert "takes one file for another of the same names" in str(e.value)


def test_an_engine_that_does_not_take_the_other_file_s_shapes_is_a_mix_up_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "in_fresh_process", here)

    def by_name(file: Path, target: Target, batch: int) -> Any:
        if file.parent.name == "other-shapes":
            raise RuntimeError("setInputShape: static dimension mismatch")
        return open_timed_session(file, target, batch)

    monkeypatch.setattr(process, "open_timed_session", by_name)
    with pytest.raises(BudamaError, match=r"with other shapes.*static dimension mismatch"):
        check_apart(classifier(tmp_path / "model.onnx"), CPU, 1)


def test_answers_that_are_wrong_by_themselves_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scaled(files: Sequence[Path], targets: Sequence[Target], **more: Any) -> dict[str, Any]:
        done = process.run_once(files, targets, **more)
        file = Path(more["answers"]) / "0.npz"
        with np.load(file) as stored:
            wrong = [1.2 * value for value in stored.values()]
        np.savez(file, *wrong)
        return done

    monkeypatch.setattr(apart, "in_fresh_process", lambda _, *given, **more: scaled(*given, **more))
    with pytest.raises(BudamaError, match=r"model.onnx otherwise than the CPU does, by 20%\. Its"):
        check_apart(classifier(tmp_path / "model.onnx"), CPU, 1)


def test_where_no_decoy_can_be_made_the_report_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = classifier(tmp_path / "model.onnx")
    monkeypatch.setattr("budama.latency.decoys.write_decoys", lambda *_: iter(()))
    assert check_apart(model, CPU, 1)["why_not"].startswith("its graph allows no decoy")
    monkeypatch.setattr(apart, "_on_cpu", lambda *_: None)
    assert check_apart(model, CPU, 1)["why_not"].startswith("the CPU gives no answers")


def test_a_difference_is_a_share_of_what_is_expected() -> None:
    ones = [np.ones((2, 3), np.float32)]
    assert difference([1.5 * ones[0]], ones) == pytest.approx(0.5)
    assert difference(ones, [np.ones((2, 4))]) == float("inf")
    assert difference([np.full((2, 3), np.nan)], ones) == float("inf")
    assert difference([np.zeros(2)], [np.zeros(2)]) == 0
