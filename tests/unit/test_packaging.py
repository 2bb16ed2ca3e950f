"""What ``pip install .`` brings: what a notebook needs, and versions that agree with the pins."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from budama.system.reruns.packages import pins

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "envs/requirements.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
# Refuses what is installed here, but would not be in an empty environment
WITHOUT_THE_REST = """
import sys
from importlib.abc import MetaPathFinder

class Absent(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


def closure(wanted: list[str]) -> set[str]:
    """Return the names of all packages that installing ``wanted`` brings."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in wanted]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in found:
            continue
        try:
            needs = [Requirement(line) for line in requires(name) or []]
        except PackageNotFoundError:  # for other machines
            continue
        found.add(name)
        extras = [{"extra": extra} for extra in requirement.extras] or [{"extra": ""}]
        waiting += [n for n in needs if not n.marker or any(map(n.marker.evaluate, extras))]
    return found


def notebook(readme: str) -> str:
    """Return the README's one example in Python."""
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)
    return str(example)


def test_the_readmes_notebook_runs_with_what_pip_install_brings() -> None:
    brought = closure(PROJECT["dependencies"])
    absent = {
        module
        for module, packages in packages_distributions().items()
        if brought.isdisjoint(map(canonicalize_name, packages)) and module != "budama"
    }
    assert {"timm", "torchvision", "snakemake", "statsmodels"} <= absent
    done = subprocess.run(
        [sys.executable, "-c", f"ABSENT = {absent}{WITHOUT_THE_REST}{notebook('README.md')}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "macs_after" in done.stdout


def test_both_readmes_show_the_same_notebook() -> None:
    english, turkish = (
        re.sub(r"#.*", "", notebook(name)) for name in ("README.md", "README.tr.md")
    )
    assert english == turkish


def test_the_pinned_environment_is_one_that_the_package_allows() -> None:
    pinned = {canonicalize_name(name): version for name, version in pins(REQUIREMENTS)}
    for line in [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]:
        requirement = Requirement(line)
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{line}: envs/requirements.in does not name it"
        assert requirement.specifier.contains(version), f"{line}: {version} is pinned"
