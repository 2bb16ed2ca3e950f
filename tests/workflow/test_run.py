"""From images to the report, on a tiny task."""

import json
import re

import onnx
import pandas as pd
import pytest

from budama.config.data import FashionMnist
from budama.data.sources.fashion_mnist import FashionMnistImages
from budama.models.onnx.file import metadata_of
from budama.pruning.rebuild import load_model
from tests.workflow.project import Project

TASK = "results/tasks/small"
CELLS = {
    "dense-finetuned": "cells/dense-finetuned/none/none/none/none/recover/seed0",
    "random": "cells/random/layer/none/channels-0.25/refit/recover/seed0",
    "coverage": "cells/coverage/layer/none/channels-0.25/refit/recover/seed0",
    "magnitude": "cells/magnitude/layer/none/channels-0.25/refit/recover/seed0",
}


def test_the_summary_has_every_model_and_no_empty_figure(finished: Project) -> None:
    table = pd.read_csv(finished.folder / "results/reports/tiny/summary.csv")
    assert table["method"].tolist() == ["dense", *CELLS]
    # one process times the tiny models: their ratios have no interval
    empty = table.columns[table.isna().any()].tolist()
    assert empty == ["latency_ratio_low", "latency_ratio_high"]
    cut = table[table["method"].isin(["random", "coverage", "magnitude"])]
    assert cut["size_mib"].nunique() == cut["macs_g"].nunique() == 1
    assert (cut["macs_change_pct"] < -25).all()
    assert table["latency_ratio"].between(0.1, 10).all()
    assert (table["onnx_top1_agreement_pct"] == 100).all()


def test_the_comparison_is_printed_and_the_report_named(finished: Project) -> None:
    text = (finished.folder / "output.txt").read_text()
    assert "tiny: timm/test_efficientnet on bars" in text
    assert "magnitude" in text
    assert "Report: results/reports/tiny/report.html" in text
    for name in ("report.en.md", "report.tr.md", "report.html"):
        assert "Tiny" in (finished.folder / "results/reports/tiny" / name).read_text()


def test_the_run_ends_with_the_answer_which_is_a_target_of_its_own(finished: Project) -> None:
    reports = finished.folder / "results/reports/tiny"
    found = json.loads((reports / "answer/answer.json").read_text())
    assert len(found["sequence"] + found["others"]) == len(CELLS)
    model = finished.folder / found["file"]["from"]
    assert (reports / "answer/model.onnx").read_bytes() == model.read_bytes()
    said = (reports / "report.en.md").read_text().splitlines()[4]
    assert said in (reports / "answer/README.md").read_text()
    assert f"The answer: {said}" in (finished.folder / "output.txt").read_text()
    (reports / "report.html").unlink()
    assert finished.planned("tiny/answer") == set()
    (reports / "answer/README.md").unlink()
    assert finished.planned("tiny/answer") == {"choose the answer of tiny"}


def test_a_scenario_may_have_thousands_of_cells(finished: Project) -> None:
    """Their settings are longer than a word of a command may be."""
    seeds = range(547)
    for seed0 in (finished.folder / TASK / "cells").glob("*/*/*/*/*/*/seed0"):
        for seed in seeds[1:]:
            (seed0.parent / f"seed{seed}").symlink_to(seed0)
    done = finished.snakemake(
        *("--config", f"defaults={{seeds: {[*seeds]}}}", "--allowed-rules", "summarise"),
        *("--", "results/reports/tiny/summary.csv"),
    )
    assert done.returncode == 0, done.stdout[-2000:]
    table = pd.read_csv(finished.folder / "results/reports/tiny/summary.csv")
    assert len(table) == 1 + len(CELLS) * len(seeds) > 2187


def test_nothing_is_stored_as_a_pickle(finished: Project) -> None:
    allowed = {".safetensors", ".json", ".csv", ".parquet", ".onnx", ".log", ".md", ".html"}
    allowed |= {".svg", ".png", ".sha256", ".txt", ".list"}
    files = [path for path in (finished.folder / "results").rglob("[!.]*") if path.is_file()]
    assert {path.suffix for path in files} == allowed


def test_a_stored_model_says_where_it_comes_from(finished: Project) -> None:
    folder = finished.folder / TASK / CELLS["magnitude"]
    network, description = load_model(folder / "model.safetensors")
    assert description.provenance["criterion"] == {"criterion": "magnitude"}
    assert description.provenance["budget"] == {"channels": 0.25}
    assert sum(p.numel() for p in network.parameters()) == description.figures.params
    assert description.provenance["repair"] == "refit"
    pruned = "pruned/magnitude/layer/none/channels-0.25/refit/seed0"
    layers = pd.read_csv(finished.folder / TASK / pruned / "layers.csv")
    after = dict(zip(layers["layer"], layers["outputs_after"], strict=True))
    assert all(after[name] == len(channels) for name, channels in description.kept.items())
    dense = json.loads((finished.folder / TASK / "dense/model.json").read_text())
    lost = layers["macs_before"].sum() - layers["macs_after"].sum()
    assert 0 < lost <= dense["figures"]["macs"] - description.figures.macs


def test_test_images_are_predicted_one_by_one(finished: Project) -> None:
    folder = finished.folder / TASK / "dense"
    predictions = pd.read_parquet(folder / "predictions.parquet")
    result = json.loads((folder / "evaluation.json").read_text())
    assert len(predictions) == 60
    right = predictions["label"] == predictions["predicted"]
    assert (right == (predictions["rank"] == 0)).all()
    assert result["correct"] == right.sum()
    assert result["accuracy_pct"] == 100 * right.sum() / 60
    assert result["top5_correct"] == (predictions["rank"] < 5).sum()
    classes = pd.read_csv(folder / "classes.csv")
    assert classes["class"].tolist()[:2] == ["T-shirt/top", "Trouser"]
    assert classes["correct"].tolist() == right.groupby(predictions["label"]).sum().tolist()


def test_the_onnx_file_is_tested_on_the_same_images_and_says_whose_it_is(
    finished: Project,
) -> None:
    folder = finished.folder / TASK / CELLS["coverage"]
    predictions = pd.read_parquet(folder / "predictions.parquet")
    result = json.loads((folder / "evaluation.json").read_text())["onnx"]["fp32"]
    assert result["correct"] == (predictions["predicted_onnx"] == predictions["label"]).sum()
    assert result["top1_agreement_pct"] == 100
    assert 0 < result["largest_difference"] < 1e-3
    assert result["bytes"] == (folder / "model.onnx").stat().st_size
    _, description = load_model(folder / "model.safetensors")
    inside = metadata_of(onnx.load(folder / "model.onnx"))
    assert (inside["task"], inside["cell"]) == ("small", CELLS["coverage"])
    assert inside["model_sha256"] == description.sha256
    assert int(inside["macs"]) == description.figures.macs
    assert int(inside["params"]) == description.figures.params
    assert {"budama", "torch", "architecture", "precision", "classes", "input"} <= inside.keys()


def test_the_same_config_gives_the_same_figures_again(finished: Project, fresh: Project) -> None:
    random = [f"{TASK}/{CELLS['random']}/{name}" for name in ("model.safetensors", "curve.csv")]
    whole = ["model.safetensors", "curve.csv", "model.onnx", "evaluation.json"]
    coverage = [f"{TASK}/{CELLS['coverage']}/{name}" for name in whole]
    assert fresh.snakemake(*random, *coverage).returncode == 0
    for file in (*random, *coverage):
        assert (fresh.folder / file).read_bytes() == (finished.folder / file).read_bytes()


def test_a_model_card_tells_how_to_use_its_model(
    finished: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its own lines are run, and find the classes that the pipeline predicted."""
    folder = finished.folder / TASK / CELLS["magnitude"]
    (code,) = re.findall(r"```python\n(.*?)```", (folder / "README.md").read_text(), re.DOTALL)
    classes = json.loads((folder / "model.json").read_text())["classes"]
    predictions = pd.read_parquet(folder / "predictions.parquet").head(5)
    images = FashionMnistImages(
        FashionMnist(format="fashion-mnist", root=str(finished.folder / "images"))
    )
    monkeypatch.chdir(folder)
    for key in predictions["key"]:
        images.read("test", key).save("image.jpg", "PNG")
        exec(code, {})
    assert capsys.readouterr().out.splitlines() == [classes[i] for i in predictions["predicted"]]


def test_a_cell_without_training_has_all_but_its_own_curve(finished: Project) -> None:
    choices = ("methods=[magnitude]", "controls=[]", "recipe=[none,recover]")
    done = finished.snakemake("--config", *choices)
    assert done.returncode == 0, done.stdout[-2000:]
    table = pd.read_csv(finished.folder / "results/reports/tiny/summary.csv")
    rows = table.set_index("recipe").loc[["none", "recover"]]
    assert len(table) == 3 and set(rows["method"]) == {"magnitude"}
    empty = rows.columns[rows.isna().any()].tolist()
    assert empty == ["latency_ratio_low", "latency_ratio_high"]
    before = rows[[f"validation_{name}_pct" for name in ("after_cut", "norms", "repaired")]]
    assert len(before.drop_duplicates()) == 1
    assert rows["validation_pct"].iloc[0] == before["validation_repaired_pct"].iloc[0]
    assert (rows["onnx_top1_agreement_pct"] == 100).all()
    cut = "magnitude/layer/none/channels-0.25/refit"
    pruned, cell = (
        finished.folder / TASK / folder / "model.safetensors"
        for folder in (f"pruned/{cut}/seed0", f"cells/{cut}/none/seed0")
    )
    assert cell.read_bytes() == pruned.read_bytes()
    assert (cell.parent / "README.md").is_file()
    assert "none" in (finished.folder / "results/reports/tiny/report.en.md").read_text()


def test_snakemakes_own_report_has_the_table_and_the_pictures(finished: Project) -> None:
    done = finished.snakemake("--report", "report.html")
    assert done.returncode == 0, done.stdout
    tables = ("summary.csv", "results.csv", "comparisons.csv")
    for name in (*tables, "report.html", "accuracy-macs.en.svg", "channels.tr.svg"):
        assert f"Adding {name}" in done.stdout
