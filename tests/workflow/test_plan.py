"""``snakemake plan``, as a user calls it."""

from tests.workflow.conftest import Project


def test_a_plan_tells_what_is_made_and_what_is_left(finished: Project) -> None:
    cell = "results/tasks/small/cells/coverage/layer/channels-0.25/recover/seed0"
    (finished.folder / cell / "model.json").unlink()
    done = finished.snakemake("plan", "--config", "plan={tflops: 0.001}")
    assert done.returncode == 0, done.stdout
    assert "tiny: 5 models to train, 4 of them made" in done.stdout
    rows = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.split()}
    assert rows["finetune"][1:3] == ["4", "3"]
    assert rows["latency"][1:3] == ["5", "5"]
    assert rows["all"][1:3] == ["34", "33"]
    assert rows["evaluate"][-2:] == ["0", "s"]
    assert "Images as prepared: 100 train, 20 validation, 32 calibration, 60 test" in done.stdout
    assert "0.001 TFLOP/s, as told" in done.stdout
    assert "plan={images_per_second: N}" in done.stdout
