from pathlib import Path

import pytest

from budama.latency.children import as_shipped, in_fresh_process
from budama.latency.providers import Target
from budama.system.errors import BudamaError
from budama.system.reruns.code import SCRIPTS, code_behind
from tests.unit.latency.models import classifier

CPU = Target("CPU")


def test_the_process_does_not_inherit_what_makes_the_workflow_fast(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MALLOC_MMAP_MAX_", "0")
    environment = as_shipped([CPU, CPU])
    assert "MALLOC_MMAP_MAX_" not in environment
    assert environment["NVIDIA_TF32_OVERRIDE"] == "0"
    assert "PATH" in environment
    assert "NVIDIA_TF32_OVERRIDE" not in as_shipped([CPU, Target("TensorRT", precision="tf32")])


def test_each_file_says_for_itself_what_went_wrong(tmp_path: Path) -> None:
    good, broken = classifier(tmp_path / "good.onnx"), tmp_path / "broken.onnx"
    broken.write_bytes(b"not onnx")
    given = {"batches": [1, 1], "answers": ""}
    done = in_fresh_process("run_once", [good, broken], [CPU, CPU], **given)
    assert done["errors"][0] == ""
    assert "broken.onnx" in done["errors"][1]


def test_a_process_that_dies_is_told(tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match=r"the process that ran .*m.onnx ended with code 1"):
        in_fresh_process("run_once", [tmp_path / "m.onnx"], [CPU], nonsense=1)


def test_a_change_of_the_process_runs_the_timings_again() -> None:
    """It is started by name, and Snakemake is told of what is imported."""
    found = code_behind(SCRIPTS / "latency.py")
    assert SCRIPTS / "budama/latency/process.py" in found
