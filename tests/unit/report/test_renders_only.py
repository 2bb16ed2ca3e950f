"""The report renders what the analysis computed: no test is done in it."""

import subprocess
import sys

from budama.system.reruns.code import LIBRARY, code_behind


def test_no_part_of_the_report_can_compute_a_test() -> None:
    parts = ("stages/report.py", "stages/pictures.py", "stages/card.py", "report/across/page.py")
    found = {file for part in parts for file in code_behind(LIBRARY / part)}
    computing = {
        LIBRARY / f"analysis/{name}.py"
        for name in (
            "seed_noise",
            "significance",
            "families",
            "predictions",
            "loss_bound",
            "answer",
        )
    }
    assert all(file.is_file() for file in computing)
    assert not found & computing


def test_nothing_in_the_report_needs_the_libraries_of_statistics() -> None:
    program = (
        "import pkgutil, importlib, sys, budama.report\n"
        "for part in pkgutil.walk_packages(budama.report.__path__, 'budama.report.'):\n"
        "    importlib.import_module(part.name)\n"
        "assert 'budama.report.page' in sys.modules\n"
        "print(*{'scipy', 'statsmodels'} & set(sys.modules))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr
