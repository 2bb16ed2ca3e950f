"""Projects to run Snakemake in: one from nothing, one that has run to its end."""

import shutil
from pathlib import Path

import pytest
from filelock import FileLock

from tests.workflow.project import Project, make_project


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with a long file that needs no finished project: another process makes it meanwhile."""
    items.sort(key=lambda item: item.path.name != "test_scenarios.py")


@pytest.fixture
def fresh(tmp_path: Path) -> Project:
    """A project in which nothing has run."""
    return make_project(tmp_path / "fresh")


@pytest.fixture(scope="session")
def _finished(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Project:
    """Run the project once, for all the processes that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "finished-project"
    with FileLock(f"{shared}.lock"):
        if not (shared / "output.txt").exists():
            project = make_project(shared)
            done = project.snakemake()
            assert done.returncode == 0, done.stdout
            (shared / "output.txt").write_text(done.stdout)
    return Project(shared)


@pytest.fixture
def finished(_finished: Project, tmp_path: Path) -> Project:
    """A project that has run to its end; each test gets its own copy."""
    shutil.copytree(_finished.folder, tmp_path / "finished", symlinks=True)
    return Project(tmp_path / "finished")
