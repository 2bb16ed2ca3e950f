"""Which change runs which jobs again, on the real DAG of a finished run."""

from pathlib import Path

import pytest

from tests.workflow.conftest import Project

REPORT = {"summarise tiny", "draw the pictures of tiny", "write the report of tiny"}


def cell(method: str, folder: str) -> set[str]:
    """The jobs of one method's cell, from its scores on."""
    cut = "layer, channels-0.25" if "layer" in folder else "none, none"
    path = f"cells/{method}/{folder}/recover/seed0"
    return {
        *(f"{stage} {method}, {cut}, recover, seed 0" for stage in ("fine-tune", "describe")),
        *(f"{stage} {path}" for stage in ("evaluate", "export", "measure the latency of")),
    }


def pruned_cell(method: str) -> set[str]:
    return {
        f"calibrate {method}",
        f"prune {method}, layer, channels-0.25, seed 0",
        *cell(method, "layer/channels-0.25"),
    }


METHODS = ("coverage", "magnitude", "random")
FINETUNED = set().union(*(cell(m, "layer/channels-0.25") for m in METHODS)) | cell(
    "dense-finetuned", "none/none"
)
CARDS = {job for job in FINETUNED if job.startswith("describe")}
LATENCY = {job for job in FINETUNED if job.startswith("measure")} | {
    "time two copies of small's dense model",
    *CARDS,
}


def test_a_second_run_has_nothing_to_do(finished: Project) -> None:
    assert finished.planned() == set()


def test_touching_the_code_runs_nothing(finished: Project) -> None:
    for file in (finished.folder / "scripts").rglob("*"):
        file.touch()
    assert finished.planned() == set()


def test_the_same_content_written_again_runs_nothing(finished: Project) -> None:
    for file in (finished.folder / "scripts").rglob("*.py"):
        file.write_text(file.read_text())
    assert finished.planned() == set()


def test_editing_a_criterion_runs_its_cells_and_the_report(finished: Project) -> None:
    finished.edit("scripts/budama/criteria/coverage.py", "Field(0.25,", "Field(0.5,")
    assert finished.planned() == pruned_cell("coverage") | REPORT


def test_a_new_criterion_runs_nothing_until_it_is_asked_for(finished: Project) -> None:
    criteria = finished.folder / "scripts/budama/criteria"
    (criteria / "mine.py").write_text((criteria / "wanda.py").read_text())
    assert finished.planned() == set()
    assert finished.planned("--config", "methods=[coverage, magnitude, mine]") == (
        pruned_cell("mine") | REPORT
    )


@pytest.mark.parametrize(
    ("old", "new", "jobs"),
    [
        ("0.005", "0.004", FINETUNED | REPORT),
        ("processes: 1, warmup: 1", "processes: 1, warmup: 2", LATENCY | REPORT),
        ("threads: {dense: 1, cell: 1}", "threads: {dense: 2, cell: 2}", set()),
        ("device: cpu", "device: auto", set()),
    ],
)
def test_a_changed_setting_runs_what_depends_on_it(
    finished: Project, old: str, new: str, jobs: set[str]
) -> None:
    finished.edit("config/config.yaml", old, new)
    assert finished.planned() == jobs


@pytest.mark.parametrize(
    ("file", "old", "jobs"),
    [
        ("scripts/budama/latency/measure.py", "def compare", LATENCY | REPORT),
        ("scripts/budama/report/templates/report.md.j2", "# {{", {"write the report of tiny"}),
        ("scripts/budama/summary.py", "def summarise", REPORT),
        ("scripts/budama/report/pictures/curves.py", "def curves", REPORT - {"summarise tiny"}),
        ("scripts/budama/card/templates/card.md.j2", "# {{", {*CARDS, "write the report of tiny"}),
        ("scripts/show.py", "import sys", set()),
        ("scripts/budama/data/sources/food101.py", "class Food101Images", set()),
    ],
)
def test_edited_library_code_runs_the_stages_that_import_it(
    finished: Project, file: str, old: str, jobs: set[str]
) -> None:
    finished.edit(file, old, f"\n{old}")
    assert finished.planned() == jobs


def test_other_packages_or_data_run_everything(finished: Project) -> None:
    finished.edit("envs/requirements.txt", "timm==", "timm===")
    everything = finished.planned()
    assert len(everything) == 1 + 1 + 1 + 3 + 3 + 4 + 5 + 5 + 5 + 4 + 1 + 1 + 1
    finished.edit("envs/requirements.txt", "timm===", "timm==")
    labels = finished.folder / "images/train-labels-idx1-ubyte.gz"
    labels.write_bytes(labels.read_bytes() + bytes(1))
    assert {"audit the images of bars", "prepare the images of small"} <= finished.planned()


def test_a_second_scenario_shares_what_the_first_has_made(finished: Project) -> None:
    path = finished.folder / "config/scenarios/more.yaml"
    Path(path).write_text("task: small\nmethods: [magnitude]\nbudgets: [{channels: 0.5}]\n")
    jobs = finished.planned("more")
    assert "fine-tune magnitude, layer, channels-0.5, recover, seed 0" in jobs
    assert not any(job.startswith(("audit", "calibrate", "prepare")) for job in jobs)
    assert "fine-tune the dense model of small" not in jobs


def test_what_is_assumed_concerns_the_report_alone(finished: Project) -> None:
    finished.edit("config/scenarios/tiny.yaml", "Tiny", "Tiny\nassumed: {scopes: Not stated.}")
    assert finished.planned() == {"write the report of tiny"}


def test_a_second_recipe_trains_what_is_cut_already(finished: Project) -> None:
    jobs = finished.planned("--config", "recipe=[recover, start]")
    assert jobs == {job.replace("recover", "start") for job in FINETUNED} | REPORT


def test_a_recipe_that_becomes_like_another_runs_nothing_if_its_values_stay(
    finished: Project,
) -> None:
    finished.edit(
        "config/config.yaml",
        "recover: {epochs: 1, batch_size: 16, learning_rate: 0.005}",
        "recover: {like: start, epochs: 1, learning_rate: 0.005}",
    )
    assert finished.planned() == set()


def test_precisions_add_their_files_and_the_tests_of_them(finished: Project) -> None:
    measure = "measure the latency of "
    paths = {"dense"} | {job.removeprefix(measure) for job in LATENCY if job.startswith(measure)}
    tasks = "tasks={small: {latency: {precisions: [fp32, int8, fp16]}}}"
    jobs = finished.planned("--config", tasks)
    assert {f"convert {path} to {kind}" for path in paths for kind in ("int8", "fp16")} <= jobs
    assert {f"evaluate {path}" for path in paths} | REPORT <= jobs
    assert not any(job.startswith(("export", "fine-tune", "calibrate", "prune")) for job in jobs)
