import os
import time
from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.workflow.clock import check_dates


def test_a_file_from_the_future_is_named_however_deep(tmp_path: Path) -> None:
    results, scripts = tmp_path / "my results", tmp_path / "scripts"
    deep = results / "tasks/small/dense"
    deep.mkdir(parents=True)
    scripts.mkdir()
    for path in (deep / "model.json", deep / "curve.csv", scripts / "dense.py"):
        path.write_text("")
    (deep / "gone").symlink_to("nowhere")
    check_dates([results, scripts, tmp_path / "missing"])
    later = time.time() + 7200
    os.utime(deep / "curve.csv", (later, later))
    with pytest.raises(BudamaError, match=r"dense/curve.csv is dated .* in the future") as caught:
        check_dates([results, scripts])
    assert f"find '{results}' {scripts} -newermt now -exec touch {{}} + ." in str(caught.value)


def test_a_file_server_whose_clock_is_a_little_ahead_is_no_harm(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    later = time.time() + 20
    os.utime(tmp_path / "x", (later, later))
    check_dates([tmp_path])
