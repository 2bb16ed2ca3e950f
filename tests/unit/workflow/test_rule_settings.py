import hashlib
import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from budama.config.answer import Answer
from budama.config.cut import DEFAULT_UNITS
from budama.config.latency import Latency
from budama.config.schema import Config
from budama.stages.prune import prune
from budama.system.errors import BudamaError
from budama.system.job.binding import keys_of_settings
from budama.workflow.lookups import Lookups
from budama.workflow.rule_settings import Json, RuleSettings

CELL = {"method": "wanda", "scope": "layer", "normaliser": "none", "budget": "channels-0.5"}
CELL |= {"repair": "refit"}
ONE = {"task": "big", **CELL, "seed": "0"}
RULES: dict[str, Callable[[RuleSettings], Json]] = {
    "audit": lambda settings: settings.audit("photos"),
    "cache": lambda settings: settings.cache("64"),
    "prepare": lambda settings: settings.prepare("big"),
    "preflight": lambda settings: settings.preflight("big"),
    "dense": lambda settings: settings.dense("big"),
    "costs": lambda settings: settings.costs("big"),
    "calibrate": lambda settings: settings.calibrate("big", "wanda"),
    "prune": lambda settings: settings.prune(**ONE),
    "finetune": lambda settings: settings.finetune("taught", "0"),
    "export": lambda settings: settings.export("big", "dense"),
    "convert": lambda settings: settings.convert("big", "int8"),
    "evaluate": lambda settings: settings.evaluate("big"),
    "selftest": lambda settings: settings.latency("big"),
    "latency": lambda settings: settings.latency("big"),
    "summarise": lambda settings: settings.summarise("mine"),
    "analyse": lambda settings: settings.analyse("mine"),
    "answer": lambda settings: settings.answer("mine"),
    "pictures": lambda settings: settings.pictures("mine"),
    "report": lambda settings: settings.report("mine"),
    "card": lambda settings: settings.card(**ONE, recipe="whole"),
    "comparison": lambda settings: settings.comparison(["mine"]),
}
# They are told the whole configuration
WITHOUT = {"doctor", "plan"}
STAGES = Path(__file__).parents[3] / "scripts/budama/stages"


@pytest.fixture
def settings(configured: Config) -> RuleSettings:
    return RuleSettings(Lookups(configured))


def test_every_stage_is_among_these_rules() -> None:
    assert {file.stem for file in STAGES.glob("[!_]*.py")} == RULES.keys() | WITHOUT


@pytest.mark.parametrize("rule", RULES)
def test_settings_are_what_the_stage_takes(settings: RuleSettings, rule: str) -> None:
    stage = getattr(import_module(f"budama.stages.{rule}"), rule)
    optional = {"latency"} if rule == "prune" else set()
    assert set(RULES[rule](settings)) == set(keys_of_settings(stage)) - optional


@pytest.mark.parametrize("rule", RULES)
def test_all_settings_are_json(settings: RuleSettings, rule: str) -> None:
    chosen = RULES[rule](settings)
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


def test_the_global_scope_alone_has_a_normaliser(settings: RuleSettings) -> None:
    assert settings.prune("big", **CELL, seed="0")["normaliser"] is None
    whole = CELL | {"scope": "global", "normaliser": "raw"}
    assert settings.prune("big", **whole, seed="0")["normaliser"] == "raw"
    for wrong in (CELL | {"scope": "global"}, CELL | {"normaliser": "raw"}):
        with pytest.raises(BudamaError, match=r"is no cut: the global scope has a normaliser"):
            settings.prune("big", **wrong, seed="0")


def test_a_budget_in_latency_is_cut_by_the_headline_s_settings_and_no_other_budget_is(
    settings: RuleSettings,
) -> None:
    """Those of other budgets are what they were before there were any: they must not run again."""
    own = settings.prune("big", **CELL | {"budget": "latency-0.5"}, seed="0")
    assert set(own) == set(keys_of_settings(prune)) and own["budget"] == {"latency": 0.5}
    assert own["latency"] == settings.costs("big")["latency"]
    assert (own["latency"]["precisions"], own["latency"]["batch_sizes"]) == (["fp32"], [1])
    others: dict[str, Json] = {
        "channels-0.5": {"channels": 0.5},
        "macs-0.5-round8": {"macs": 0.5, "round_to": 8},
    }
    others |= {"macs-0.5-roundauto": {"macs": 0.5, "round_to": "auto"}}
    for budget, chosen in others.items():
        assert settings.prune("big", **CELL | {"budget": budget}, seed="0") == {
            **{"criterion": {"criterion": "wanda"}, "scope": "layer", "normaliser": None},
            **{"budget": chosen, "repair": "refit", "seed": 0, "ignore": [], "batch_size": 64},
            "units": list(DEFAULT_UNITS),
        }


def test_a_table_of_costs_depends_on_the_headline_alone(configured: Config) -> None:
    def costs(**changes: Any) -> Json:
        own = configured.tasks["big"].model_copy(update={"latency": Latency(**changes)})
        configured.tasks["big"] = own
        found: Json = RuleSettings(Lookups(configured)).costs("big")["latency"]
        return found

    assert costs() == costs(batch_sizes=[1, 32], operators=True, precisions=["fp32", "fp16"])
    assert costs() != costs(batch_sizes=[32, 1])
    assert costs() != costs(threads=2)


def test_only_int8_is_made_with_images(settings: RuleSettings) -> None:
    assert settings.convert("big", "int8") == {"precision": "int8", "batch_size": 64}
    assert settings.convert("big", "fp16") == {"precision": "fp16", "batch_size": None}


def test_whether_models_are_timed_is_no_setting_of_a_measurement(settings: RuleSettings) -> None:
    assert "skip" not in settings.latency("quick")["latency"]
    assert settings.summarise("mine")["timed"]
    assert not settings.summarise("untimed")["timed"]


def test_an_answer_may_lose_what_its_scenario_says(configured: Config) -> None:
    strict = configured.scenarios["mine"].model_copy(update={"answer": Answer(lose_at_most=0.5)})
    configured.scenarios["mine"] = strict
    settings = RuleSettings(Lookups(configured))
    assert settings.answer("mine")["lose_at_most"] == 0.5
    assert settings.answer("untimed")["lose_at_most"] == 1.0
    assert [settings.answer(name)["timed"] for name in ("mine", "untimed")] == [True, False]


def test_pictures_know_the_cut_of_what_was_cut(settings: RuleSettings) -> None:
    dense, control, cell, *_ = settings.pictures("mine")["models"]
    assert "pruned" not in dense
    assert "pruned" not in control
    assert cell["pruned"] == "results/tasks/big/pruned/wanda/layer/none/channels-0.5/refit/seed0"


def test_a_report_names_the_cells_that_failed(configured: Config) -> None:
    failed = "results/tasks/big/cells/wanda/layer/none/channels-0.5/refit/whole/seed0"
    report = RuleSettings(Lookups(configured, [failed])).report("mine")["scenario"]
    assert [row["folder"] for row in report["failed"]] == [failed]
    assert len(report["models"]) == 4
    assert list(report["recipes"]) == ["whole", "taught"]


def test_what_is_not_trained_has_no_recipe_and_no_epochs(configured: Config) -> None:
    mine = configured.scenarios["mine"]
    parts = [part.model_copy(update={"recipe": ["none", "taught"]}) for part in mine.parts]
    configured.scenarios["mine"] = mine.model_copy(update={"parts": parts})
    settings = RuleSettings(Lookups(configured))
    assert settings.finetune("none", "0") == {"recipe": None, "seed": 0}
    assert settings.report("mine")["scenario"]["recipes"]["none"] == {"epochs": 0}
    epochs = {"none": {"epochs": 0}, "taught": {"epochs": 2}}
    assert settings.analyse("mine")["recipes"] == epochs
    assert settings.comparison([])["recipes"] == epochs | {"whole": {"epochs": 10}}


def test_a_summary_and_a_report_know_the_parts(configured: Config) -> None:
    mine = configured.scenarios["mine"]
    (whole,) = mine.parts
    parts = [
        whole.model_copy(update={"title": "first"}),
        whole.model_copy(update={"title": "second", "repair": ["none"]}),
    ]
    configured.scenarios["mine"] = mine.model_copy(update={"parts": parts})
    settings = RuleSettings(Lookups(configured))
    titles = {(row["repair"], row.get("part")) for row in settings.summarise("mine")["cells"]}
    assert titles == {("-", None), ("refit", "first"), ("none", "second")}
    told = settings.report("mine")["scenario"]
    assert [part["repairs"] for part in told["parts"]] == [["refit"], ["none"]]
    assert told["repairs"] == ["refit", "none"]


def test_a_card_names_the_logs_of_its_cell(settings: RuleSettings) -> None:
    card = settings.card("big", **CELL, recipe="whole", seed="3")
    assert card["cell"]["seed"] == 3
    cell = "cells/wanda/layer/none/channels-0.5/refit"
    assert card["logs"] == {
        "finetune": "results/logs/big/finetune/wanda-layer-none-channels-0.5-refit-whole-seed3.log",
        **{
            stage: f"results/logs/big/{stage}/{cell}/whole/seed3.log"
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
