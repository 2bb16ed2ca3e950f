"""The scenarios that ship, planned on generated folders of the layout that their data has."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.workflow.conftest import Project, copy_workflow

CUT = ("coverage", "magnitude", "random", "taylor", "wanda")
RESNET, B4 = "resnet50-imagenet", "efficientnet_b4-food101"


def write_image(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (24, 32, 3), "uint8")
    Image.fromarray(pixels).save(path, "JPEG")


def write_imagenet(root: Path, classes: int = 2, per_class: int = 3) -> None:
    """Write ``train/`` and ``val/`` folders of synsets."""
    for part in ("train", "val"):
        for label in range(classes):
            synset = f"n{label:08}"
            for index in range(per_class):
                name = f"{synset}_{index}" if part == "train" else f"ILSVRC2012_val_{index:08}"
                write_image(root / part / synset / f"{name}.JPEG", 10 * label + index)


def write_food101(root: Path, classes: tuple[str, ...] = ("apple_pie", "waffles")) -> None:
    """Write the official layout: ``images/CLASS/ID.jpg``, and the split in ``meta/*.txt``."""
    (root / "meta").mkdir(parents=True)
    (root / "meta/classes.txt").write_text("".join(f"{name}\n" for name in classes))
    labels = [name.replace("_", " ").capitalize() for name in classes]
    (root / "meta/labels.txt").write_text("".join(f"{label}\n" for label in labels))
    for part, ids in (("train", (100, 101, 102)), ("test", (200, 201))):
        keys = [f"{name}/{number}" for name in classes for number in ids]
        (root / f"meta/{part}.txt").write_text("".join(f"{key}\n" for key in keys))
        for seed, key in enumerate(keys):
            write_image(root / f"images/{key}.jpg", seed)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The workflow with the configuration that ships; nothing has run."""
    folder = tmp_path_factory.mktemp("published")
    write_imagenet(folder / "data/imagenet")
    write_food101(folder / "data/food101")
    return copy_workflow(folder, "config")


def cells(scope: str, budget: str, recipe: str) -> set[str]:
    return {f"cells/dense-finetuned/none/none/{recipe}/seed0"} | {
        f"cells/{method}/{scope}/{budget}/{recipe}/seed0" for method in CUT
    }


def by_stage(jobs: list[str]) -> Counter[str]:
    """Count jobs by their message's first words."""
    dense = Counter("dense" for job in jobs if job.startswith("fine-tune the dense model"))
    return Counter(job.split()[0] for job in jobs) + dense


@pytest.mark.parametrize(
    ("scenario", "task", "made"),
    [
        ("ts2", RESNET, cells("layer", "channels-0.2", "published-5-epochs")),
        ("ts3", RESNET, cells("layer", "channels-0.1", "published")),
        ("ts4", RESNET, cells("global", "channels-0.1", "published")),
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
        *{"prepare": 1, "dense": 1, "calibrate": 5, "prune": 5, "fine-tune": 7}.items(),
        *{"evaluate": 7, "export": 7, "measure": 6, "summarise": 1, "write": 1}.items(),
    }
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
    assert [job for job in jobs if "dense model" in job] == [f"fine-tune the dense model of {task}"]
    assert sorted(job for job in jobs if job.startswith("calibrate")) == [
        f"calibrate {method}" for method in CUT
    ]
    assert by_stage(jobs).items() >= {
        *{"prepare": 1, "prune": 10, "fine-tune": 1 + 1 + 10, "evaluate": 1 + 1 + 10}.items(),
        *{"measure": 1 + 10, "summarise": 2, "write": 2}.items(),
    }
