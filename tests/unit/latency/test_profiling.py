"""The process that profiles: a line in, a line out."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from budama.latency import profiling
from budama.latency.providers import Target
from budama.system.errors import BudamaError


def test_each_line_is_answered_also_where_a_file_does_not_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def profiled(file: Path, target: Target, batch: int) -> dict[str, Any]:
        if file.name == "bad.onnx":
            raise BudamaError("it cannot run")
        return {"plain_ms": 1.5, "nodes": [], "asked": [str(file), target.provider, batch]}

    asked = [
        json.dumps({"file": file, "target": {"provider": "CPU", "threads": 2}, "batch": 8})
        for file in ("bad.onnx", "good.onnx")
    ]
    monkeypatch.setattr(profiling, "profiled", profiled)
    monkeypatch.setattr(profiling, "die_with_parent", lambda: None)
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(asked)))
    profiling.main()
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"error": "it cannot run"},
        {"plain_ms": 1.5, "nodes": [], "asked": ["good.onnx", "CPU", 8]},
    ]


def test_the_process_that_profiles_holds_nothing_of_torch() -> None:
    code = "import budama.latency.profiling, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
