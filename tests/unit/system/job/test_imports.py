"""In processes of their own: what pytest has imported cannot be imported anew."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = str(Path(__file__).parents[4] / "scripts")
BEGIN = f"""
import sys
sys.path.insert(0, {SCRIPTS!r})
from budama.system.job.imports import load_without_compiler
load_without_compiler()
import timm, torch, torchvision
"""


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize("stage", ["calibrate", "dense", "export", "finetune", "prune"])
def test_no_stage_loads_the_compiler(stage: str) -> None:
    code = f"import budama.stages.{stage}\nprint('torch._dynamo' in sys.modules)"
    assert python(code) == "False"


def test_what_was_left_out_is_there_when_it_is_wanted() -> None:
    code = """
@torch.compiler.disable
def double(number):
    return 2 * number
from torchvision.ops.roi_align import is_compile_supported
print(double(2), is_compile_supported("cpu"), "torch._dynamo" in sys.modules)
print(torch._dynamo.config is not None, torch.compile(double, backend="eager")(3))
"""
    assert python(code) == "4 True True\nTrue 6"


def test_libraries_are_found_as_before() -> None:
    code = """
import inspect
from importlib.resources import files
print(files("timm").joinpath("version.py").is_file())
print("def nms" in inspect.getsource(torchvision.ops.nms))
"""
    assert python(code) == "True\nTrue"
