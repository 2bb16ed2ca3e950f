"""A dataset of photographs on its way to a task's splits, as a user meets it."""

import json
import shutil
from pathlib import Path

from tests.unit.data.trees import write_food101, write_image
from tests.workflow.project import Project

MANIFEST = "results/tasks/small/data/manifest.json"
DATASET = "results/datasets/bars"


def on_food(project: Project) -> Path:
    """Put Food-101 in small in the place of the project's images."""
    root = write_food101(project.folder / "food", train=6, test=3)
    old = "{format: fashion-mnist, root: images}"
    project.edit("config/config.yaml", old, f"{{format: food101, root: {root}}}")
    return root


def test_unreadable_images_are_left_out_and_duplicates_reported(fresh: Project) -> None:
    root = on_food(fresh)
    (root / "images/waffles/51.jpg").write_bytes(b"")
    shutil.copy(root / "images/apple_pie/0.jpg", root / "images/apple_pie/18.jpg")
    done = fresh.snakemake(MANIFEST)
    assert done.returncode == 0, done.stdout
    manifest = json.loads((fresh.folder / MANIFEST).read_text())
    assert manifest["classes"] == ["apple_pie", "waffles"]
    assert (manifest["images"]["test"], manifest["unreadable"]) == (5, 1)
    log = (fresh.folder / "results/logs/datasets/bars/audit.log").read_text()
    assert "1 of 18 images cannot be read and are left out; audit.json lists them" in log
    assert "1 of 5 test images have the same content as a training image" in log
    with (root / "meta/test.txt").open("a") as file:
        file.write("waffles/99\n")
    assert "audit the images of bars" in fresh.planned(MANIFEST)


def test_folders_without_a_test_part_get_one_and_what_is_passed_over_is_told(
    fresh: Project,
) -> None:
    root = fresh.folder / "pets"
    for shade in range(20):
        write_image(root / f"{'cat' if shade % 2 else 'dog'}/{shade}.png", shade)
    write_image(root / "cat/.ipynb_checkpoints/1-checkpoint.png", 1)
    old = "{format: fashion-mnist, root: images}"
    fresh.edit("config/config.yaml", old, f"{{format: folder, root: {root}, test: 0.2}}")
    done = fresh.snakemake(MANIFEST)
    assert done.returncode == 0, done.stdout
    told = "audit: passed over: hidden folders: 1; images in hidden folders: 1"
    assert told in done.stdout
    manifest = json.loads((fresh.folder / MANIFEST).read_text())
    assert (manifest["classes"], manifest["drawn"]["test"]) == (["cat", "dog"], 0.2)
    assert manifest["images_per_class"]["test"] == [2, 2]
    write_image(root / "dog/more.png", 99)
    assert "audit the images of bars" in fresh.planned(MANIFEST)


def test_an_audit_that_finds_the_same_runs_nothing_else(fresh: Project) -> None:
    root = on_food(fresh)
    again = ("--force", f"{DATASET}/audit.json")
    assert fresh.snakemake(MANIFEST).returncode == 0
    assert fresh.snakemake(*again).returncode == 0
    assert fresh.planned(MANIFEST) == set()
    write_image(root / "images/waffles/51.jpg", 255)
    assert fresh.snakemake(*again).returncode == 0
    assert fresh.planned(MANIFEST) == {"prepare the images of small"}


def test_only_a_task_that_asks_for_a_cache_gets_one(fresh: Project) -> None:
    on_food(fresh)
    assert fresh.planned(MANIFEST) == {"audit the images of bars", "prepare the images of small"}
    fresh.edit("config/config.yaml", "image_size: 32", "image_size: 32\n    cache: 40")
    done = fresh.snakemake(MANIFEST)
    assert done.returncode == 0, done.stdout
    assert (fresh.folder / DATASET / "cache-40/images.bin").stat().st_size == 18 * 3 * 8 * 6
    manifest = json.loads((fresh.folder / MANIFEST).read_text())
    assert manifest["cache"] == f"{DATASET}/cache-40"
    assert fresh.planned(MANIFEST) == set()


def test_a_missing_folder_fails_in_the_audit_with_the_layout(fresh: Project) -> None:
    root = on_food(fresh)
    shutil.rmtree(root)
    done = fresh.snakemake(MANIFEST)
    assert done.returncode == 1
    assert f"error: dataset not found: the folder {root} is missing" in done.stdout
    assert f"{root}/images/apple_pie/1005649.jpg" in done.stdout
    assert "MissingInput" not in done.stdout
