from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from budama.system.errors import BudamaError
from budama.workflow.doctor import networks
from budama.workflow.doctor.findings import Status
from budama.workflow.doctor.networks import STAND_IN, network_findings
from tests.unit.workflow.doctor.conftest import Configured

Asked = list[dict[str, Any]]
SHARES = {"a": 1, "b": 2, "c": 8, "d": 1.4}
WHOLE = [{"layer": name, "macs_pct": share} for name, share in SHARES.items()]
FOUND = {"figures": {"macs": 4_120_000_000}, "whole_macs_pct": 12.4, "whole": WHOLE}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Collect what is tried, which comes out well."""
    given: Asked = []

    def tried(settings: dict[str, Any], on_step: Callable[[str], object]) -> Any:
        on_step("running it")
        given.append(settings)
        return FOUND

    monkeypatch.setattr(networks, "try_task", tried)
    return given


def test_the_networks_of_wanted_tasks_are_tried_one_by_one(
    configured: Configured, asked: Asked, tmp_path: Path
) -> None:
    told: list[str] = []
    (found,) = network_findings(configured(), tmp_path / "results", told.append)
    assert found.status == Status.FINE
    assert found.seen == (
        "mine: timm/test_efficientnet at 32 pixels runs, is cut and exported: 4.12 G "
        "multiply-accumulates, 12% of them in layers that stay whole (c 8%, b 2%, d 1%, ...)"
    )
    assert told == ["timm/test_efficientnet of small: running it"]
    assert len(asked[0]["classes"]) == 10  # as FashionMNIST's images are labelled
    both = network_findings(configured(scenarios=["mine", "later"]), tmp_path / "results")
    assert [one.seen.split(":")[0] for one in both] == ["later", "mine"]
    assert asked[1]["classes"] == STAND_IN  # later's data is not there


def test_weights_that_are_not_there_are_another_finding(
    configured: Configured, asked: Asked, tmp_path: Path
) -> None:
    config = configured(task={"weights": "file:/no/where.safetensors"})
    (found,) = network_findings(config, tmp_path / "results")
    assert found.status == Status.FINE
    assert asked[0]["weights"] == "random"


def test_what_cannot_be_pruned_cannot_run(
    configured: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: Any) -> Any:
        raise BudamaError("timm/test_efficientnet at 32 pixels: running it failed: no")

    monkeypatch.setattr(networks, "try_task", refused)
    (found,) = network_findings(configured(), tmp_path / "results")
    assert found.status == Status.CANNOT
    assert found.seen == "mine: timm/test_efficientnet at 32 pixels: running it failed: no"


def test_nothing_is_fetched_to_try_it(configured: Configured, asked: Asked, tmp_path: Path) -> None:
    config = configured(task={"model": "hf-hub:someone/net", "weights": "pretrained"})
    (found,) = network_findings(config, tmp_path / "results")
    assert found.status == Status.NOTE
    assert "hf-hub:someone/net is tried as the first job of small" in found.seen
    assert asked == []
