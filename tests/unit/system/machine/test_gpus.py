import os
import subprocess
import sys
from pathlib import Path

import pytest

from budama.system.machine.gpus import gpu_name, gpu_state, visible_gpus


@pytest.mark.parametrize(
    ("variable", "devices"),
    [("0,1", ["0", "1"]), ("", []), ("-1", []), ("3, GPU-8d1f,-1,2", ["3", "GPU-8d1f"])],
)
def test_devices_are_named_as_cuda_reads_them(variable: str, devices: list[str]) -> None:
    assert visible_gpus({"CUDA_VISIBLE_DEVICES": variable}) == devices


def test_the_gpu_is_described_as_nvidia_smi_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        "#!/bin/sh\n"
        '[ "$1" = --id=GPU-1 ] && echo "NVIDIA H100 80GB HBM3, GPU-1, 1980, 1980, 34, 0"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-1,94")
    assert gpu_name() == "NVIDIA H100 80GB HBM3"
    assert gpu_state() == {
        "name": "NVIDIA H100 80GB HBM3",
        "uuid": "GPU-1",
        "clocks.sm": "1980",
        "clocks.max.sm": "1980",
        "temperature.gpu": "34",
        "utilization.gpu": "0",
    }
    for nothing in ("94", ""):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", nothing)
        assert gpu_state() == {}
        assert gpu_name() == ""


def test_asking_for_gpus_costs_little() -> None:
    """The workflow asks while it plans, and the launcher in every job that uses one."""
    code = (
        "import sys; import budama.system.machine.gpus; "
        "print({'torch', 'onnxruntime', 'numpy', 'subprocess'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "set()\n"
