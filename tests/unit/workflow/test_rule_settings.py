import hashlib
import json
from pathlib import Path

import pytest

from budama.config.schema import Config
from budama.workflow.lookups import Lookups
from budama.workflow.rule_settings import RuleSettings

CELL = {"method": "wanda", "scope": "layer", "budget": "channels-0.5"}


@pytest.fixture
def settings(configured: Config) -> RuleSettings:
    return RuleSettings(Lookups(configured))


def test_all_settings_are_json(settings: RuleSettings) -> None:
    one = {"task": "big", **CELL, "seed": "0"}
    for chosen in (
        settings.audit("photos"),
        settings.cache("64"),
        settings.prepare("big"),
        settings.dense("big"),
        settings.calibrate("big", "wanda"),
        settings.prune(**one),
        settings.finetune("taught", "0"),
        settings.export("big", "dense"),
        settings.evaluate("big"),
        settings.latency("big"),
        settings.summarise("mine"),
        settings.pictures("mine"),
        settings.report("mine"),
        settings.card(**one, recipe="whole"),
        settings.comparison(["mine"]),
    ):
        assert json.loads(json.dumps(chosen)) == chosen


def test_another_file_of_weights_is_another_dense_model(configured: Config, tmp_path: Path) -> None:
    file = tmp_path / "own.safetensors"
    file.write_bytes(b"weights")
    configured.tasks["big"] = configured.tasks["big"].model_copy(update={"weights": f"file:{file}"})
    dense = RuleSettings(Lookups(configured)).dense("big")
    assert dense["weights_sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert dense["recipe"]["epochs"] == 10


def test_a_criterion_that_is_chosen_by_its_name_has_no_options(settings: RuleSettings) -> None:
    assert settings.calibrate("big", "wanda")["criterion"] == {"criterion": "wanda"}
    assert settings.prune("big", **CELL, seed="0")["budget"] == {"channels": 0.5}


def test_only_int8_is_made_with_images(settings: RuleSettings) -> None:
    assert settings.convert("big", "int8") == {"precision": "int8", "batch_size": 64}
    assert settings.convert("big", "fp16") == {"precision": "fp16", "batch_size": None}


def test_whether_models_are_timed_is_no_setting_of_a_measurement(settings: RuleSettings) -> None:
    assert "skip" not in settings.latency("quick")["latency"]
    assert settings.summarise("mine")["timed"]
    assert not settings.summarise("untimed")["timed"]


def test_pictures_know_the_cut_of_what_was_cut(settings: RuleSettings) -> None:
    dense, control, cell, *_ = settings.pictures("mine")["models"]
    assert "pruned" not in dense
    assert "pruned" not in control
    assert cell["pruned"] == "results/tasks/big/pruned/wanda/layer/channels-0.5/seed0"


def test_a_report_names_the_cells_that_failed(configured: Config) -> None:
    failed = "results/tasks/big/cells/wanda/layer/channels-0.5/whole/seed0"
    report = RuleSettings(Lookups(configured, [failed])).report("mine")["scenario"]
    assert [row["folder"] for row in report["failed"]] == [failed]
    assert len(report["models"]) == 4
    assert list(report["recipes"]) == ["whole", "taught"]


def test_a_card_names_the_logs_of_its_cell(settings: RuleSettings) -> None:
    card = settings.card("big", **CELL, recipe="whole", seed="3")
    assert card["cell"]["seed"] == 3
    assert card["logs"] == {
        "finetune": "results/logs/big/finetune/wanda-layer-channels-0.5-whole-seed3.log",
        **{
            stage: f"results/logs/big/{stage}/cells/wanda/layer/channels-0.5/whole/seed3.log"
            for stage in ("evaluate", "export", "latency")
        },
    }


def test_a_comparison_is_of_what_is_there_or_will_be(
    settings: RuleSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert settings.comparison([])["without"] == ["mine", "untimed"]
    assert settings.comparison(["mine"])["scenarios"] == {
        "mine": {"title": "Mine", "summary": "results/reports/mine/summary.csv"}
    }
    summary = tmp_path / "results/reports/untimed/summary.csv"
    summary.parent.mkdir(parents=True)
    summary.write_text("rows")
    found = settings.comparison(["mine"])
    assert found["without"] == []
    assert found["scenarios"]["untimed"]["sha256"] == hashlib.sha256(b"rows").hexdigest()
