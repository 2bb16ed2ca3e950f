from io import StringIO

import pytest
from rich.console import Console

from budama.system.errors import BudamaError
from budama.workflow.doctor.findings import cannot, fine, note
from budama.workflow.doctor.printing import conclude, show

FINDINGS = [
    fine("CPU", "one, 2 cores"),
    note("load", "load average 3", "stop what else runs"),
    cannot("data", "mine: the folder /a/rather/long/path/to/the/images/of/mine is missing"),
    fine("data", "bars in images"),
]


@pytest.mark.parametrize("width", [60, 160])
def test_every_finding_is_there_at_any_width(width: int) -> None:
    console = Console(file=StringIO(), width=width)
    show(FINDINGS, console)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert all(len(line) <= width for line in lines)
    words = [line.split() for line in lines]
    assert ["fine", "CPU", "one,", "2", "cores"] in words
    assert ["->", "stop", "what", "else", "runs"] in words
    assert ["fine", "bars", "in", "images"] in words  # the area is named once
    assert any("/a/rather/long/path/to/the/images/of/mine" in line for line in lines)


def test_the_last_word_is_what_cannot_run() -> None:
    console = Console(file=StringIO(), width=80)
    with pytest.raises(BudamaError) as caught:
        conclude(FINDINGS, ["mine"], console)
    assert str(caught.value).splitlines() == [
        "not everything that the config wants can run here:",
        f"  - data: {FINDINGS[2].seen}",
    ]
    conclude(FINDINGS[:2], ["mine"], console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert text == "\nEverything that the config wants (mine) can run here.\n"
