"""The stage on made-up models: its three files, and the words that are made of them."""

import hashlib
import json
import re
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from huggingface_hub import ModelCard
from rich.console import Console

from budama.analysis.columns import KEY
from budama.config.recipe import Recipe
from budama.report.answer import read_answer
from budama.report.show import show
from budama.stages.answer import answer
from budama.system.errors import BudamaError
from tests.unit.report.scenario import report

IMAGES = 5000
CUT: dict[str, Any] = {"scope": "global", "normaliser": "auto", "repair": "refit"}
SPEC = {"size": 32, "mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "crop": 1.0}
RECIPE = Recipe(epochs=3, learning_rate=0.01).model_dump(mode="json")


class Scenario:
    """A scenario of one dense model and a few others, in ``folder``."""

    def __init__(self, folder: Path, *, timed: bool = True) -> None:
        self.folder, self.timed = folder, timed
        self.rows: list[dict[str, Any]] = []
        self.add("dense", 1.0, 90.0, 0)
        manifest = {"images": {"train": 100, "test": IMAGES, "validation": 10, "calibration": 1}}
        manifest["images"]["selection"] = 1
        classes = {"classes": ["cat", "dog"]}
        (folder / "manifest.json").write_text(json.dumps(manifest | classes))

    def add(
        self, method: str, time: float, validation: float, lost: int, seed: int = 0, cpu: str = "A"
    ) -> None:
        own = self.folder / f"{method}{seed}"
        own.mkdir()
        budget = "-" if method == "dense" else "macs-0.5"
        cut = CUT if method != "dense" else dict.fromkeys(CUT, "-")
        row = {"method": method, "budget": budget, "recipe": "short", "seed": seed} | cut
        accuracy = 90 - 100 * lost / IMAGES
        row |= {"folder": str(own), "accuracy_pct": accuracy, "validation_pct": validation}
        row |= {"size_mib": 10 * time, "macs_g": time, "macs_change_pct": 100 * (time - 1)}
        timing = {"ratio": time, "ratio_low": time - 0.01, "ratio_high": time + 0.01}
        self.rows.append(
            row | {f"latency_{k}": v if self.timed else nan for k, v in timing.items()}
        )
        rank = np.zeros(IMAGES, int)
        rank[: 500 + lost] = 1
        keys = pd.Series(range(IMAGES)).astype(str)
        pd.DataFrame({"key": keys, "rank": rank}).to_parquet(own / "predictions.parquet")
        (own / "model.onnx").write_bytes(f"onnx of {method} {seed}".encode())
        figures = {"macs": 10, "params": 10, "size_bytes": 10}
        chosen = {"recipe": RECIPE, "normaliser": {"chosen": "raw"}}
        model = {"architecture": "a", "classes": ["cat", "dog"], "input": SPEC, "figures": figures}
        tested = {"images": IMAGES, "accuracy_pct": accuracy} | dict.fromkeys(
            ("accuracy_low_pct", "accuracy_high_pct"), accuracy
        )
        timings = [timing | {"precision": "fp32", "batch_size": 1, "coverage_pct": 98.4}]
        timings[0]["ratios"] = [time]
        for name, content in {
            "model": model | {"provenance": chosen, "sha256": "0"},
            "evaluation": tested | {"onnx": {"fp32": {"accuracy_pct": accuracy}}},
            "export": {"top1_agreement_pct": 100.0},
            "latency": {"provider": "CPU", "machine": {"cpu": cpu}, "measurements": timings}
            | {"settings": {"threads": 1}},
        }.items():
            if self.timed or name != "latency":
                (own / f"{name}.json").write_text(json.dumps(content))

    def answer(self, lose_at_most: float = 1.0) -> dict[str, Any]:
        shared: dict[str, Any] = {
            "scenario": "s",
            "task": "t",
            "model": "m",
            "dataset": "d",
            "test_images": IMAGES,
        }
        table = pd.DataFrame(self.rows).drop(columns="folder").assign(**shared, provider="CPU")
        extra: dict[str, Any] = {
            "size_change_pct": 0.0,
            "accuracy_low_pct": 89.0,
            "accuracy_high_pct": 91.0,
        }
        extra |= {"accuracy_drop_pp": 0.0, "latency_ms": 1.0, "latency_noisy": False}
        table.assign(**extra).to_csv(self.folder / "summary.csv", index=False)
        folder = self.folder / "answer"
        answer(
            models=[{k: row[k] for k in (*KEY, "seed", "folder")} for row in self.rows],
            lose_at_most=lose_at_most,
            timed=self.timed,
            summary=self.folder / "summary.csv",
            manifest=self.folder / "manifest.json",
            model=folder / "model.onnx",
            card=folder / "README.md",
            output=folder / "answer.json",
        )
        found: dict[str, Any] = json.loads((folder / "answer.json").read_text())
        return found

    @property
    def card(self) -> str:
        return (self.folder / "answer/README.md").read_text()

    @property
    def model(self) -> bytes:
        return (self.folder / "answer/model.onnx").read_bytes()


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return Scenario(tmp_path)


def test_the_folder_holds_the_model_its_card_and_every_figure(scenario: Scenario) -> None:
    scenario.add("wanda", 0.51, 89.8, 10)
    scenario.add("random", 0.4, 85.0, 250)
    found = scenario.answer()
    assert scenario.model == b"onnx of wanda 0"
    assert found["file"]["sha256"] == hashlib.sha256(scenario.model).hexdigest()
    assert found["file"]["from"].endswith("wanda0/model.onnx")
    own = found["answer"]
    assert (own["method"], own["budget"], own["seeds"]) == ("wanda", "macs-0.5", [0])
    assert (own["latency_ratio"], own["size_ratio"], own["lost_pp"]) == (0.51, 0.51, 0.2)
    assert 0.2 < own["bound_pp"] < 0.5
    assert found["sequence"] == [own]
    assert [row["verdict"] for row in found["others"]] == ["loses"]
    said = (
        "Wanda, global, down to 50% of the FLOPs, repair: refit: 0.51 of the original's time (CPU, "
        "fp32, batch size 1) and 0.51 of its size; 0.20 points lost on 5,000 test images, shown to "
        f"lose at most 1 point (one-sided 95% bound: {own['bound_pp']:.2f})."
    )
    assert scenario.card.split("\n---\n")[1].split("\n\n")[1] == said
    assert "library_name: onnx" in str(ModelCard(scenario.card).data)
    folder = Path(found["file"]["from"]).parent
    for beside in ("classes.csv", "provenance.json"):  # not in the answer's own folder
        assert f"`{folder}/{beside}`" in scenario.card


def test_the_report_begins_and_the_terminal_ends_with_the_same_sentence(
    scenario: Scenario, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.add("wanda", 0.51, 89.8, 10)
    scenario.answer()
    said = scenario.card.split("\n---\n")[1].split("\n\n")[1]
    show(scenario.folder, Console(width=80))
    assert capsys.readouterr().out.endswith(f"\nThe answer: {said}\n")
    pages = report(scenario.folder, answer=scenario.folder / "answer/answer.json")
    assert pages["en"].splitlines()[4] == said
    assert said in pages["html"].replace("&#39;", "'")
    turkish = pages["tr"].splitlines()[4]
    assert turkish.startswith("Wanda, global, FLOPs hedefi %50, onarım: yeniden oturtma: süresi")
    assert "orijinalin 0,51 katı" in turkish
    assert "0,20 puan kayıp, en çok 1 puan kaybettiği gösterildi" in turkish
    assert "Time, relative" in pages["en"] and "FLOPs, relative" not in pages["en"]
    assert "The answer" not in report(scenario.folder)["en"], "it may not have been looked for"


def test_if_none_is_good_enough_the_nearest_is_told_and_the_file_is_the_dense_models(
    scenario: Scenario,
) -> None:
    scenario.add("wanda", 0.51, 89.8, 80)
    found = scenario.answer()
    assert (found["qualified"], found["answer"]) == (False, None)
    assert found["nearest"] == found["sequence"][0]
    assert found["nearest"]["verdict"] == "failed"
    assert scenario.model == b"onnx of dense 0"
    assert "No model is shown both to be faster than the original and to lose" in scenario.card
    assert "The nearest, by validation images, is Wanda" in scenario.card
    assert "is the original itself" in scenario.card
    assert "the dense model, which was not pruned" in scenario.card
    assert f"`{Path(found['file']['from']).parent}/model.json`" in scenario.card
    assert "provenance.json" not in scenario.card


def test_if_none_is_faster_the_fastest_is_told_with_its_interval(scenario: Scenario) -> None:
    scenario.add("wanda", 1.2, 89.8, 0)
    scenario.answer()
    assert "No model is shown to be faster than the original. The fastest is Wanda" in scenario.card
    assert "1.20 of the original's time" in scenario.card
    assert "its interval from 1.19 to 1.21" in scenario.card


def test_of_several_seeds_the_file_is_that_of_the_best_on_validation_images(
    scenario: Scenario,
) -> None:
    for seed, (validation, lost) in enumerate([(89.8, 10), (90.1, 12), (90.1, 8)]):
        scenario.add("wanda", 0.5, validation, lost, seed)
    found = scenario.answer()
    assert scenario.model == b"onnx of wanda 1"
    assert found["file"]["accuracy_pct"] == pytest.approx(89.76)
    assert found["answer"]["lost_pp"] == pytest.approx(0.2)
    assert found["answer"]["test"] == "crossed"
    assert "5,000 test images as the mean of 3 seeds, shown" in scenario.card


def test_what_was_not_timed_says_so(tmp_path: Path) -> None:
    scenario = Scenario(tmp_path, timed=False)
    scenario.add("wanda", 0.5, 89.8, 0)
    found = scenario.answer()
    assert (found["decided_by"], found["timed_on"]) == ("macs", None)
    assert "0.50 of the original's FLOPs (time was not measured)" in scenario.card
    assert "no points lost" in scenario.card


def test_random_channels_that_win_are_told(scenario: Scenario) -> None:
    scenario.add("random", 0.5, 90.0, 0)
    scenario.answer()
    assert "whose channels are chosen at random" in scenario.card


def test_other_devices_are_left_out_and_told(scenario: Scenario) -> None:
    scenario.add("wanda", 0.5, 90.0, 0, cpu="B")
    scenario.add("taylor", 0.8, 90.0, 0)
    assert scenario.answer()["answer"]["method"] == "taylor"
    assert "timed on another kind of device than the original (A): 1." in scenario.card


def test_if_all_are_elsewhere_none_can_be_shown(scenario: Scenario) -> None:
    scenario.add("wanda", 0.5, 90.0, 0, cpu="B")
    found = scenario.answer()
    assert (found["answer"], found["nearest"]) == (None, None)
    assert "No model was timed on the same kind of device" in scenario.card


def test_a_dense_model_alone_has_no_answer(scenario: Scenario) -> None:
    scenario.answer()
    assert "There is no model that could be shown to lose at most 1 point." in scenario.card


def test_every_key_is_explained(scenario: Scenario) -> None:
    """A stranger finds each in results/README.md."""
    scenario.add("wanda", 0.51, 89.8, 10)
    found = scenario.answer()
    text = (Path(__file__).parents[3] / "results/README.md").read_text().split("## The answer")[1]
    explained = set(re.findall(r"`([a-z0-9_]+)`", text))
    keys = {*found, *found["answer"], *found["file"], *found["timed_on"], *found["dense"]}
    assert keys - explained == set()


def test_a_file_from_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "answer.json").write_text("{}")
    with pytest.raises(BudamaError, match=r"answer\.json lacks .*: delete it and run again"):
        read_answer(tmp_path / "answer.json")
