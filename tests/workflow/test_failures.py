"""What a reader gets when some of the cells have failed."""

import json

import pandas as pd

from tests.workflow.project import Project

BROKEN = '''"""A criterion that fails."""

from budama.criteria.base import Criterion
from budama.system.errors import BudamaError


class Broken(Criterion):
    """No formula at all."""

    needs = "weights"

    def scores(self, calibration):
        raise BudamaError("this criterion is broken")
'''
REPORTS = "results/reports/tiny"


def test_the_report_is_written_without_the_cells_that_failed(finished: Project) -> None:
    (finished.folder / "scripts/budama/criteria/broken.py").write_text(BROKEN)
    methods = ("--config", "methods=[magnitude, broken]")

    done = finished.snakemake(*methods)
    assert done.returncode == 1
    assert "this criterion is broken" in done.stdout
    assert "1 cell is not finished" in done.stdout
    assert f"Report: {REPORTS}/report.html" in done.stdout
    summary = pd.read_csv(finished.folder / REPORTS / "summary.csv")
    assert summary["method"].tolist() == ["dense", "dense-finetuned", "random", "magnitude"]
    answer = json.loads((finished.folder / REPORTS / "answer/answer.json").read_text())
    assert {row["method"] for row in answer["sequence"] + answer["others"]} == {
        *("dense-finetuned", "random", "magnitude"),
    }
    english = "layer-wise, 25% of the channels, repair: refit, recover"
    turkish = "katman bazlı, kanal oranı %25, onarım: yeniden oturtma, recover"
    for language, name, said in (
        ("en", f"broken ({english}), seed 0", "a job failed"),
        ("tr", f"broken ({turkish}), tohum 0", "bir iş başarısız"),
    ):
        text = (finished.folder / REPORTS / f"report.{language}.md").read_text()
        assert f"{name}: {said}" in text

    # the failure is not forgotten, and once it is mended the report is whole
    assert "calibrate broken" in finished.planned(*methods)
    assert finished.planned("--config", "methods=[magnitude]") == {"write the report of tiny"}
