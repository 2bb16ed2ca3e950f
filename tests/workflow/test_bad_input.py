"""Mistakes, as a user meets them: one message, no job started, nothing half-made."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.project import Project


def refused(project: Project, *arguments: str) -> str:
    done = project.snakemake(*arguments)
    assert done.returncode != 0
    return done.stdout


def test_mistakes_in_the_config_stop_before_any_job(fresh: Project) -> None:
    text = refused(fresh, "--config", "methods=[tailor]", "budgets=[{channels: 1.5}]", "sede=1")
    assert "--config: budgets.0.channels: input should be less than 1 (it is '1.5')" in text
    assert "--config: sede: unknown key: did you mean 'seed'?" in text
    assert not (fresh.folder / "results").exists()
    text = refused(fresh, "--config", "methods=[tailor]")
    assert "--config: methods: unknown method 'tailor'" in text


@pytest.mark.parametrize("name", ["all", "selftest", "report"])
def test_a_scenario_cannot_take_the_name_of_a_stage(fresh: Project, name: str) -> None:
    (fresh.folder / f"config/scenarios/{name}.yaml").write_text("task: small")
    text = refused(fresh, "-n", "--config", f"scenarios=[{name}]")
    assert f"config/scenarios/{name}.yaml: '{name}' is the name of a stage; rename" in text


def test_a_scenarios_file_stops_only_the_commands_that_ask_for_it(fresh: Project) -> None:
    one = "task: small\nrecipe: one\nrecipes: {one: {epochs: %s, learning_rate: 0.1}}\n"
    for name, text in {"a": one % 1, "b": one % 2, "twice": "task: small\ntask: small\n"}.items():
        (fresh.folder / f"config/scenarios/{name}.yaml").write_text(text)
    told = fresh.quick("-n", "b/answer")
    assert "b.yaml is left out" not in told
    for line in ("a.yaml is left out, and not asked for", "twice.yaml is left out, and not asked"):
        assert told.count(f"config/scenarios/{line}") == 1
    for targets in (["a", "b"], ["--", "results/reports/a/report.html", "b/answer"]):
        text = refused(fresh, "-n", *targets)
        assert "b.yaml: recipes.one: this name already stands for something else" in text
        assert text.count("in config/scenarios/a.yaml: epochs is 2 here, 1 there") == 1
        assert "Traceback" not in text
        assert "InputFunctionException" not in text
    text = refused(fresh, "twice")
    assert "twice.yaml: lines 1 and 2: the key 'task' stands there twice" in text
    assert "Traceback" not in text
    assert not list((fresh.folder / ".snakemake/locks").iterdir())


def test_a_target_that_the_config_does_not_define_is_named(fresh: Project) -> None:
    text = refused(fresh, "results/tasks/huge/dense/model.safetensors")
    assert "the config defines no task 'huge'" in text


@pytest.mark.parametrize("there", [True, False])
def test_a_missing_or_empty_data_folder_stops_at_the_first_job(fresh: Project, there: bool) -> None:
    shutil.rmtree(fresh.folder / "images")
    if there:
        (fresh.folder / "images").mkdir()
    text = refused(fresh)
    assert "error: dataset not found: images/train-images-idx3-ubyte(.gz) is missing" in text
    made = [p for p in (fresh.folder / "results").rglob("[!.]*") if p.is_file()]
    assert [p.name for p in made if "fingerprints" not in p.parts] == ["audit.log"]


def test_results_that_cannot_be_written_stop_before_any_job(fresh: Project) -> None:
    (fresh.folder / "results").write_text("a file")
    assert "results is a file, and must be a folder" in refused(fresh)
    (fresh.folder / "results").unlink()
    (fresh.folder / "results").symlink_to("/proc/nothing")
    assert "cannot write results/fingerprints/" in refused(fresh)


def test_weights_with_a_wrong_hash_leave_no_model(fresh: Project) -> None:
    (fresh.folder / "mine.safetensors").write_bytes(b"anything")
    fresh.edit(
        "config/config.yaml",
        "weights: random",
        f"weights: file:mine.safetensors\n    weights_sha256: '{'0' * 64}'",
    )
    text = refused(fresh, "results/tasks/small/dense/model.safetensors")
    assert "error: mine.safetensors: wrong SHA-256: expected 000" in text
    assert not (fresh.folder / "results/tasks/small/dense/model.safetensors").exists()


def stage(project: Project, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, f"scripts/{script}.py", *arguments],
        cwd=project.folder,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("damage", ["truncated", "pickle"])
def test_a_damaged_checkpoint_stops_the_stage_that_reads_it(finished: Project, damage: str) -> None:
    model = "results/tasks/small/dense/model.safetensors"
    path = finished.folder / model
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if damage == "truncated" else b"\x80\x02}q\x00.")
    outputs = [finished.folder / name for name in ("p.parquet", "c.csv", "e.json")]
    done = stage(
        finished,
        "evaluate",
        *("--model", model, "--onnx", "results/tasks/small/dense/model.onnx"),
        *("--data", "results/tasks/small/data"),
        *("--predictions", "p.parquet", "--classes", "c.csv", "--output", "e.json"),
        *("--settings", '{"batch_size": 8, "precisions": ["fp32"]}', "--log", "stage.log"),
    )
    assert done.returncode == 1
    assert f"error: {model}: is" in done.stderr
    assert damage in done.stderr
    assert not any(path.exists() for path in outputs)


def test_a_disk_that_fills_up_leaves_no_half_written_target(fresh: Project) -> None:
    """The limit lets the log through and cuts the first real output short."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))"
    script = "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)"
    run = "import runpy, sys; sys.path.insert(0, 'scripts'); runpy.run_path('scripts/audit.py', "
    settings = '{"dataset": {"format": "fashion-mnist", "root": "images"}}'
    done = subprocess.run(
        [
            *(sys.executable, "-c", f"{script}; {limit}; {run} run_name='__main__')"),
            *("--folder", "data", "--log", "stage.log", "--settings", settings, "--threads", "0"),
        ],
        cwd=fresh.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: cannot write data/images.parquet: ")
    assert list(Path(fresh.folder / "data").iterdir()) == []
