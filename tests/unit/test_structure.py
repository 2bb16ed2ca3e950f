"""The library's folders: few at its top, and imports run one way."""

import ast
from collections.abc import Iterator
from pathlib import Path

LIBRARY = Path(__file__).parents[2] / "scripts/budama"
MOST_AT_THE_TOP = 14
FEWEST_LINES = 14  # what is shorter belongs to the module that uses it; a stage may be short
# each may import itself and those before it
ORDER = (
    *("system", "config", "models", "data", "pruning", "criteria", "training", "latency"),
    *("analysis", "report", "workflow", "stages", "api"),
)


def imports(file: Path, library: Path) -> Iterator[tuple[int, str]]:
    """Yield line and name of all that a module imports, also in functions and for types alone."""
    package = [library.name, *file.relative_to(library).parent.parts]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else []
            origin = ".".join([*start, *filter(None, [node.module])])
            yield from ((node.lineno, f"{origin}.{name.name}") for name in node.names)


def misplaced(library: Path) -> list[str]:
    """Return every import that runs upwards, and what has no place in the order."""
    found = []
    for file in sorted(library.rglob("*.py")):
        own = file.relative_to(library).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        if own not in ORDER:
            found.append(f"{own}: has no place in the order of imports")
            continue
        above = {f"{library.name}.{name}" for name in ORDER[ORDER.index(own) + 1 :]}
        found += [
            f"{file.relative_to(library)}:{line} imports {name}, which comes after {own}"
            for line, name in imports(file, library)
            if ".".join(name.split(".")[:2]) in above
        ]
    return found


def test_the_library_has_few_entries_at_its_top() -> None:
    entries = {path.name for path in LIBRARY.iterdir()} - {"__pycache__"}
    assert len(entries) <= MOST_AT_THE_TOP, sorted(entries)


def test_no_import_runs_upwards() -> None:
    wrong = misplaced(LIBRARY)
    assert not wrong, "\n" + "\n".join(wrong)


def test_an_import_that_runs_upwards_is_found_wherever_it_stands(tmp_path: Path) -> None:
    library = tmp_path / "budama"
    (library / "data/sources").mkdir(parents=True)
    (library / "odd").mkdir()
    (library / "api.py").write_text("import budama.data.sources.base\n")
    (library / "odd/x.py").write_text("")
    (library / "data/sources/base.py").write_text(
        "from typing import TYPE_CHECKING\n"
        "from budama.models import store\n"
        "from ..layout import of\n"
        "if TYPE_CHECKING:\n"
        "    from budama.criteria.base import Criterion\n"
        "def late():\n"
        "    from budama import report\n"
        "    import budama.stages.dense\n"
        "    from ...training import engine\n"
    )
    assert misplaced(library) == [
        "data/sources/base.py:5 imports budama.criteria.base.Criterion, which comes after data",
        "data/sources/base.py:7 imports budama.report, which comes after data",
        "data/sources/base.py:8 imports budama.stages.dense, which comes after data",
        "data/sources/base.py:9 imports budama.training.engine, which comes after data",
        "odd: has no place in the order of imports",
    ]


def test_no_module_is_too_short_to_stand_by_itself() -> None:
    lines = {
        str(file.relative_to(LIBRARY)): len(file.read_text(encoding="utf-8").splitlines())
        for file in LIBRARY.rglob("*.py")
        if file.name != "__init__.py" and file.parent != LIBRARY / "stages"
    }
    short = {name: count for name, count in lines.items() if count < FEWEST_LINES}
    assert not short


def test_the_library_knows_nothing_of_snakemake() -> None:
    found = [
        f"{file.relative_to(LIBRARY)}:{line} imports {name}"
        for file in sorted(LIBRARY.rglob("*.py"))
        for line, name in imports(file, LIBRARY)
        if name.split(".")[0] == "snakemake"
    ]
    assert not found
