"""``snakemake plan``, as a user calls it."""

from tests.workflow.project import Project


def test_a_plan_tells_what_is_made_and_what_is_left(finished: Project) -> None:
    """A method more than was made: its cell is left, and what is made from all cells."""
    methods = "methods=[coverage, magnitude, wanda]"
    done = finished.snakemake("plan", "--config", methods, "plan={tflops: 0.001}")
    assert done.returncode == 0, done.stdout
    assert "tiny: 6 models, 5 of them made" in done.stdout
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.split()}
    assert rows["finetune"][1:3] == ["5", "4"]
    assert rows["latency"][1:3] == ["5", "4"]
    assert rows["prepare"][1:3] == ["1", "1"]
    # seven jobs of the new cell, then summary, statistics, answer, pictures and report
    assert rows["all"][1:3] == ["45", "33"]
    assert rows["dense"][-2:] == ["0", "s"]
    assert (
        "Images as prepared: 100 train, 20 validation, 32 calibration, 68 selection, 60 test"
        in done.stdout
    )
    assert "0.001 TFLOP/s, as told" in done.stdout
    assert "plan={images_per_second: N}" in done.stdout


def test_what_cannot_be_planned_is_one_message(fresh: Project) -> None:
    done = fresh.snakemake("plan", "--config", "compute={device: cpu, processes: 3}")
    assert done.returncode != 0
    assert "error: recipes.start: batch_size 16 cannot be shared equally by" in done.stdout
    assert "Traceback" not in done.stdout
