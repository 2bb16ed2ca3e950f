"""The scenarios that ship, on generated folders of the layout that their data has."""

import json
import shutil
from collections import Counter

import pandas as pd
import pytest

from tests.layouts import write_imagenet_archives
from tests.unit.data.trees import write_food101, write_imagenet
from tests.workflow.project import QUICK_LATENCY, Project, copy_workflow

CUT = ("coverage", "magnitude", "random", "taylor", "wanda")
RESNET, B4 = "resnet50-imagenet", "efficientnet_b4-food101"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The workflow with the configuration that ships; nothing has run."""
    folder = tmp_path_factory.mktemp("published")
    imagenet = write_imagenet(folder / "unpacked", train=6, val=3)
    write_food101(folder / "data/food101", train=6, test=3)
    # one image that cannot be read in each, and in one a test image that is also a training image
    broken = next((imagenet / "val").glob("*/*_0.JPEG"))
    broken.write_bytes(broken.read_bytes()[:100])
    shutil.copy(next((imagenet / "train").glob("*/*_1.JPEG")), broken.with_name("copy_of_it.JPEG"))
    write_imagenet_archives(imagenet, folder / "data/imagenet")
    next((folder / "data/food101/images").glob("*/*.jpg")).write_text("no image")
    return copy_workflow(folder, "config")


def cells(scope: str, budget: str, recipe: str) -> set[str]:
    normaliser = "mean" if scope == "global" else "none"
    return {f"cells/dense-finetuned/none/none/none/none/{recipe}/seed0"} | {
        f"cells/{method}/{scope}/{normaliser}/{budget}/none/{recipe}/seed0" for method in CUT
    }


def by_stage(jobs: list[str]) -> Counter[str]:
    """Count jobs by their message's first words."""
    dense = Counter("dense" for job in jobs if job.startswith("fine-tune the dense model"))
    return Counter(job.split()[0] for job in jobs) + dense


@pytest.mark.parametrize(
    ("scenario", "task", "made"),
    [
        ("ts2", RESNET, cells("layer", "channels-0.2", "published-5-epochs")),
        ("ts3", RESNET, cells("layer", "channels-0.1", "published-imagenet")),
        ("ts4", RESNET, cells("global", "channels-0.1", "published-imagenet")),
        ("ts5", B4, cells("layer", "channels-0.1", "published")),
        ("ts6", B4, cells("global", "channels-0.1", "published")),
    ],
)
def test_a_published_scenario_plans_its_jobs(
    project: Project, scenario: str, task: str, made: set[str]
) -> None:
    jobs = project.plan(scenario)
    # four methods and random channels, the dense control, and the dense model itself
    assert by_stage(jobs).items() >= {
        *{"prepare": 1, "try": 1, "dense": 1, "calibrate": 5, "prune": 5, "fine-tune": 7}.items(),
        *{"evaluate": 7, "export": 7, "measure": 6}.items(),
        *{"summarise": 1, "analyse": 1, "draw": 1, "write": 1}.items(),
    }
    assert by_stage(jobs)["choose"] == by_stage(project.plan(f"{scenario}/answer"))["choose"] == 1
    assert f"fine-tune the dense model of {task}" in jobs
    assert {f"calibrate {method}" for method in CUT} <= set(jobs)
    for stage, models in (
        ("evaluate", made | {"dense"}),
        ("export", made | {"dense"}),
        ("measure the latency of", made),
    ):
        assert {job for job in jobs if job.startswith(stage)} == {f"{stage} {m}" for m in models}


@pytest.mark.parametrize(("pair", "task"), [(("ts3", "ts4"), RESNET), (("ts5", "ts6"), B4)])
def test_scenarios_of_one_task_share_its_dense_model_and_scores(
    project: Project, pair: tuple[str, str], task: str
) -> None:
    """They share the dense control, too: the two cut five models each."""
    jobs = project.plan(*pair)
    assert sorted(job for job in jobs if "dense model" in job) == [
        f"fine-tune the dense model of {task}",
        f"time two copies of {task}'s dense model",
    ]
    assert sorted(job for job in jobs if job.startswith("calibrate")) == [
        f"calibrate {method}" for method in CUT
    ]
    assert by_stage(jobs).items() >= {
        *{"prepare": 1, "prune": 10, "fine-tune": 1 + 1 + 10, "evaluate": 1 + 1 + 10}.items(),
        *{"measure": 1 + 10, "describe": 1 + 10, "summarise": 2, "analyse": 2, "write": 2}.items(),
    }


def test_the_comparison_takes_what_there_is_and_trains_nothing(project: Project) -> None:
    """A summary that is there is read, although nothing that it was made from is."""
    summary = project.folder / "results/reports/ts3/summary.csv"
    summary.parent.mkdir(parents=True, exist_ok=True)
    summary.write_text("")
    assert project.plan("comparison") == ["compare the scenarios that have results"]
    summary.unlink()


def test_two_published_scenarios_run_from_images_to_reports(project: Project) -> None:
    """TS3 and TS6 with their own networks, on small images and for a few steps.

    ImageNet is in its archives, as they are published, and Food-101 in its folders.
    """
    small = "weights: random, image_size: 64, calibration: {batches: 1, batch_size: 4}"
    done = project.snakemake(
        *("ts3", "ts6", "--config", "methods=[taylor]", "controls=[]"),
        f"tasks={{{RESNET}: {{{small}}}, {B4}: {{{small}}}}}",
        "recipes={published: {epochs: 1, batch_size: 4}}",
        f"latency={QUICK_LATENCY}",
        "compute={device: cpu, threads: {dense: 1, cell: 1}}",
    )
    assert done.returncode == 0, done.stdout
    results = project.folder / "results"
    for scenario, unreadable, duplicates in (("ts3", 1, 1), ("ts6", 1, 0)):
        table = pd.read_csv(results / f"reports/{scenario}/summary.csv")
        assert table["method"].tolist() == ["dense", "taylor"]
        assert float(table["size_change_pct"].iloc[1]) < -8
        assert float(table["macs_change_pct"].iloc[1]) < -5
        audit = json.loads((results / f"datasets/{table['dataset'][0]}/audit.json").read_text())
        assert len(audit["unreadable"]) == unreadable
        assert len(audit["duplicates"]) == duplicates
        report = (results / f"reports/{scenario}/report.tr.md").read_text()
        assert scenario.upper() in report


def test_scenarios_of_one_task_share_its_table_of_costs(fresh: Project) -> None:
    """A table for all budgets in time, none for others, and one message where time is left out."""
    table = "time the layers of small's dense model"
    for name, budgets in {
        "timed": "[{latency: 0.5}, {latency: 0.35}]",
        "aligned": "[{macs: 0.5, round_to: auto}]",
        "others": "[{macs: 0.5, round_to: 8}]",
    }.items():
        file = fresh.folder / f"config/scenarios/{name}.yaml"
        file.write_text(f"task: small\nbudgets: {budgets}\n")
    for scenarios, tables in ((["timed", "aligned", "others"], 1), (["others"], 0)):
        assert fresh.plan(*scenarios).count(table) == tables
    skipped = "tasks={small: {latency: {skip: true}}}"
    assert table not in fresh.plan("others", "--config", skipped)
    done = fresh.snakemake("-n", "aligned", "--config", skipped)
    assert done.returncode != 0
    assert "tasks.small: the budget macs-0.5-roundauto is of measured time, and" in done.stdout
