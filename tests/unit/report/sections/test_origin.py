import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from budama.report.languages import LANGUAGES
from tests.unit.report.scenario import report, summary

MAGNITUDE = {"method": "magnitude", "scope": "layer", "budget": "channels-0.1"}
MAGNITUDE |= {"normaliser": "-", "repair": "none"}
HOSTILE = "<b>|*mine*</b>"


def latency() -> dict[str, Any]:
    machine = {"cpu": "Xeon", "cores": 64, "memory_gib": 251.5, "kernel": "6.1", "python": "3.12.1"}
    gpu = {"driver": "580.1", "gpu": {"name": "H100"}, "onnxruntime": "1.30", "others_pct": 2.5}
    return {
        "provider": "CUDA",
        "passed_over": [f"TensorRT: {HOSTILE}"],
        "left_out": ["int8, batch size 32: out of memory"],
        "machine": machine | gpu,
        "settings": {"precisions": ["fp32", "fp16"], "batch_sizes": [1, 32], "threads": 1}
        | {"processes": 11, "warmup": 50, "runs": 1000, "seconds": 0.5},
        "placement": {"CUDAExecutionProvider": 120},
    }


def provenance(commit: str, seconds: float) -> dict[str, Any]:
    return {
        "settings": {"device": "cuda", "processes": 4},
        "dense": {"settings": {"device": "cuda", "processes": 1, "seed": 5}},
        "data": {"seed": 7},
        "code": {"commit": commit, "changed_since": commit == "b2"},
        "packages": {"python": "3.12.1", "torch": f"2.{commit}"},
        "jobs": {"finetune": {"started": "2026-01-01T00:00:00", "seconds": seconds}},
    }


@pytest.fixture
def models(tmp_path: Path) -> list[dict[str, Any]]:
    """The dense model and two seeds of a method, with all that their stages leave."""
    shared: dict[str, Any] = {
        "recipe": "published",
        "seed": 0,
        "scope": "-",
        "budget": "-",
        "normaliser": "-",
        "repair": "-",
        "method": "dense",
    }
    cells = [shared | MAGNITUDE | {"seed": seed} for seed in (0, 1)]
    found = [
        model | {"folder": str(tmp_path / f"tasks/my task/{number}")}
        for number, model in enumerate([shared, *cells])
    ]
    for model in found:
        Path(model["folder"]).mkdir(parents=True)
    dense, *folders = (Path(model["folder"]) for model in found)
    (dense / "latency.json").write_text(json.dumps(latency()))
    for folder, commit, seconds in zip(folders, ("a1", "b2"), (3599.6, 90_000), strict=True):
        (folder / "provenance.json").write_text(json.dumps(provenance(commit, seconds)))
        (folder / "README.md").write_text("card")
    (tmp_path / "report").mkdir()
    return found


def section(text: str, language: str = "en") -> str:
    return text.split(f"## {LANGUAGES[language].origin['title']}\n")[1].split("\n## ", maxsplit=1)[
        0
    ]


def test_it_says_on_what_and_with_what(tmp_path: Path, models: list[dict[str, Any]]) -> None:
    found = report(tmp_path / "report", models=models)
    english = section(found["en"])
    for line in (
        "- **Trained on:** cuda, cuda (4 processes)",
        "- **Processor:** Xeon, 64 cores",
        "- **GPU:** H100, driver 580.1",
        "- **Passed over:** TensorRT: &lt;b&gt;\\|\\*mine\\*&lt;/b&gt;",
        "- **Passed over:** int8, batch size 32: out of memory",
        "- **Measurements:** 11 fresh processes; in each 50 runs to warm up, then 1,000 runs and "
        "at least 0.5 s",
        "- **torch:** 2.a1, 2.b2",
        "- **Seed of the dense model:** 5",
        "- **Seed of the splits:** 7",
        "- **Seeds of the models:** 0, 1",
        "- **Code (git commit):** a1, b2 with changes that were not committed",
        "- **Recovery training, time of all jobs:** 26:00:00 (2 jobs)",
        "- **Energy:** not measured",
        "| Magnitude | 1 | 25:00:00 | [folder](../tasks/my%20task/2/), "
        "[model card](../tasks/my%20task/2/README.md) |",
        "snakemake --cores all ts3",
    ):
        assert f"{line}\n" in english
    # one of two commits alone would not make these figures
    assert "git checkout" not in english
    assert "- **Bellek:** 251,5 GiB\n" in section(found["tr"], "tr")
    assert HOSTILE not in found["html"]
    links = re.findall(r'<a href="([^"]*)"', found["html"])
    assert len(links) == len(LANGUAGES) * (1 + 2 + 2)
    assert all((tmp_path / "report" / link.replace("%20", " ")).exists() for link in links)


def test_a_commit_is_checked_out_also_where_changes_beside_it_are_told(
    tmp_path: Path, models: list[dict[str, Any]]
) -> None:
    for model, changed in zip(models[1:], (False, True), strict=True):
        file = Path(model["folder"]) / "provenance.json"
        code = {"code": {"commit": "a1", "changed_since": changed}}
        file.write_text(json.dumps(json.loads(file.read_text()) | code))
    found = report(tmp_path / "report", models=models)
    line = "git checkout a1  # with the changes that were not committed\n"
    assert line in section(found["en"])
    assert "git checkout a1  # commit edilmemiş değişikliklerle\n" in section(found["tr"], "tr")


def test_every_machine_that_timed_a_model_is_described(
    tmp_path: Path, models: list[dict[str, Any]]
) -> None:
    """A cluster's nodes may differ, and each cell saw others use another share of its node."""
    for model, changes in (
        (models[1], {"cpu": "EPYC", "memory_gib": 503.0, "others_pct": 5.0}),
        (models[2], {"gpu": {"name": "H200"}, "others_pct": 3.0}),
    ):
        file = Path(model["folder"]) / "provenance.json"
        timed = latency() | {"machine": latency()["machine"] | changes, "passed_over": ["none"]}
        file.write_text(json.dumps(json.loads(file.read_text()) | {"latency": timed}))
    found = report(tmp_path / "report", models=models)
    for line in (
        "- **Processor:** Xeon, 64 cores; EPYC, 64 cores",
        "- **GPU:** H100, driver 580.1; H200, driver 580.1",
        "- **Memory:** 251.5 GiB; 503.0 GiB",
        "- **Kernel:** 6.1",
        "- **Passed over:** none",
        "- **Used by other programs:** 2.5% – 5.0% of all cores",
    ):
        assert f"{line}\n" in section(found["en"])
    others = "- **Diğer programların kullandığı:** bütün çekirdeklerin %2,5 – %5,0 kadarı\n"
    assert others in section(found["tr"], "tr")


def test_it_says_on_which_device_a_budget_in_time_was_met(
    tmp_path: Path, models: list[dict[str, Any]]
) -> None:
    file = Path(models[1]["folder"]) / "provenance.json"
    content = json.loads(file.read_text())
    device = {"provider": "CUDA", "name": "H100", "threads": 1, "batch_size": 1}
    content["settings"]["timed"] = device | {"onnxruntime": "1.30", "ratio": 0.5}
    file.write_text(json.dumps(content))
    found = report(tmp_path / "report", models=models)
    line = "H100, CUDA, threads: 1, batch size: 1, ONNX Runtime 1.30\n"
    assert f"- **Cuts in measured time made for:** {line}" in section(found["en"])
    line = "H100, CUDA, iş parçacığı: 1, batch boyutu: 1, ONNX Runtime 1.30\n"
    assert f"- **Ölçülen süreye göre kesimlerin aygıtı:** {line}" in section(found["tr"], "tr")


def test_what_is_not_there_is_left_out_and_said(
    tmp_path: Path, models: list[dict[str, Any]]
) -> None:
    (Path(models[2]["folder"]) / "provenance.json").unlink()
    table = pd.read_csv(summary(tmp_path / "report/summary.csv"))
    table.assign(latency_ms=None, latency_ratio=None).to_csv(
        tmp_path / "report/summary.csv", index=False
    )
    found = report(tmp_path / "report", models=models)
    english = section(found["en"])
    assert "**1 of 2 pruned or retrained models have no provenance.json" in english
    assert "2 modelden 1 tanesinin" in section(found["tr"], "tr")
    # an old file of a measurement that this summary does not have
    assert "Xeon" not in english
    assert "- **Inference time:** not measured\n" in english
    assert "git checkout a1\nsnakemake --cores all ts3\n" in english
    assert "| Magnitude | 1 | – | [folder]" in english
    bare = section(report(tmp_path / "report")["en"])
    assert "snakemake --cores all ts3" in bare
    assert "Versions" not in bare
