import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("module", ["calibrate", "prune", "evaluation"])
def test_stages_that_do_not_need_torch_s_compiler_do_not_import_it(module: str) -> None:
    run(
        "import sys\n"
        "from budama.light import import_torchvision\n"
        "import_torchvision()\n"
        f"import budama.{module}\n"
        "assert 'torchvision' in sys.modules\n"
        "assert 'scipy.stats' not in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith('torch._dynamo')]\n"
    )


def test_what_is_put_off_works_when_it_is_needed() -> None:
    printed = run(
        "from budama.light import import_torchvision\n"
        "import_torchvision()\n"
        "import torch, torchvision\n"
        "boxes = [torch.tensor([[0.0, 0.0, 4.0, 4.0]])]\n"
        "print(torchvision.ops.roi_align(torch.ones(1, 1, 8, 8), boxes, 1).item())\n"
        "from torchvision.ops.roi_align import is_compile_supported\n"
        "import torch._dynamo\n"
        "assert is_compile_supported('cpu') == torch._dynamo.utils.is_compile_supported('cpu')\n"
    )
    assert printed == "1.0\n"
