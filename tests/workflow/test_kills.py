"""Kill -9 in the middle of a run (``tools/kill_campaign.py`` does it fifty times)."""

import time

from budama.system.job.orphans import is_alive
from tests.workflow.project import Project
from tools.kill_campaign import Run

DENSE = "results/tasks/small/dense"


def test_after_a_kill_the_same_command_goes_on_and_its_orphans_are_gone(
    fresh: Project, finished: Project
) -> None:
    fresh.edit("config/config.yaml", "compute: {", "compute: {save_every: 0, ")
    # a second of training may be over before the job has seen that its workflow is gone
    write = "write_bytes(self._path"
    fresh.edit("scripts/budama/training/sidecar.py", write, f"time.sleep(0.3); {write}")
    model = f"{DENSE}/model.safetensors"
    state = fresh.folder / DENSE / "training-state.safetensors"
    first = Run(fresh, model)
    while not state.exists():
        assert not first.ended, first.output
        time.sleep(0.02)
    jobs = first.processes()
    first.kill("Snakemake")

    second = Run(fresh, model)
    assert second.succeeded, second.output
    assert "goes on after step" in (fresh.folder / "results/logs/small/dense.log").read_text()
    assert (fresh.folder / model).read_bytes() == (finished.folder / model).read_bytes()
    assert not any(is_alive(job) for job in jobs)
    assert not state.exists()
