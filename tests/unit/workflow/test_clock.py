import os
import time
from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.workflow.clock import check_dates

CODE = Path("my scripts")
LOG = Path(".snakemake/log/2026-01-01T000000.snakemake.log")


@pytest.fixture(autouse=True)
def _a_finished_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder in which Snakemake has run."""
    monkeypatch.chdir(tmp_path)
    for path in (LOG, CODE / "deep/dense.py", Path("results/x.csv")):
        path.parent.mkdir(parents=True)
        path.write_text("")
    (CODE / "gone").symlink_to("nowhere")


@pytest.mark.parametrize("path", [LOG, CODE / "deep/dense.py"])
def test_a_run_and_code_from_the_future_are_named(path: Path) -> None:
    check_dates(CODE)
    later = time.time() + 7200
    os.utime(path, (later, later))
    with pytest.raises(BudamaError, match=rf"{path} is dated .* in the future") as caught:
        check_dates(CODE)
    command = "find results 'my scripts' .snakemake/log -newermt now -exec touch {} + ."
    assert command in str(caught.value)


def test_a_file_server_whose_clock_is_a_little_ahead_is_no_harm() -> None:
    later = time.time() + 20
    os.utime(LOG, (later, later))
    check_dates(CODE)


def test_where_nothing_has_run_nothing_is_wrong() -> None:
    LOG.unlink()
    check_dates(Path("missing"))
