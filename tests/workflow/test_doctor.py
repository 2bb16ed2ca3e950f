"""``snakemake doctor``, as a user calls it."""

from tests.workflow.project import Project


def test_the_report_reaches_the_terminal_and_the_exit_code_is_its_verdict(fresh: Project) -> None:
    fresh.edit("config/config.yaml", "weights: random", "weights: file:mine.safetensors")
    done = fresh.snakemake("doctor")
    assert done.returncode == 1, done.stdout
    assert "fine    data           tiny: bars in images" in done.stdout
    assert "CPU runs fp32, fp16, int8" in done.stdout
    failures = done.stdout.partition("not everything that the config wants can run here:\n")[2]
    assert failures.startswith(
        "  - weights: tiny: weights not found: mine.safetensors is not a file\nRuleException"
    )
    # asked for the config and the machine alone: nothing of the pipeline has run
    made = [p for p in (fresh.folder / "results").rglob("[!.]*") if p.is_file()]
    assert [p.name for p in made] == ["doctor.log"]
