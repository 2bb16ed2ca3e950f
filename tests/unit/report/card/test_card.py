import hashlib
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from huggingface_hub import ModelCard
from PIL import Image
from timm.data import create_transform

from budama.config.recipe import Recipe
from budama.report.card.provenance import times
from budama.stages.card import card

HOSTILE = '<script>"çok": [x] | # مرحبا'
LOG = """2026-11-22 11:50:33,083 INFO finetune.py {"recipe": {}}
  a line without a time
2026-11-22 11:50:50,623 INFO {'epoch': 1}
"""


def accuracy(correct: float, name: str = "accuracy") -> dict[str, float]:
    return {f"{name}_pct": correct, f"{name}_low_pct": correct - 2, f"{name}_high_pct": correct + 1}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Any]:
    """What the stages left of a cell, and what they said."""
    model = {
        "architecture": "timm/tiny",
        "classes": ["cat", "dog"],
        "input": {"size": 32, "mean": [0.5] * 3, "std": [0.25] * 3}
        | {"interpolation": "bicubic", "crop": 0.875},
        "figures": {"macs": 8_000_000, "params": 900_000, "size_bytes": 3_000_000},
        "provenance": {"recipe": Recipe(epochs=3, learning_rate=0.01).model_dump(mode="json")},
        "sha256": "a" * 64,
    }
    twice = {"figures": {"macs": 16_000_000, "params": 1_800_000, "size_bytes": 6_000_000}}
    written = {
        "cell/model.json": model,
        "cell/evaluation.json": {"images": 1200} | accuracy(80.0),
        "cell/export.json": {"top1_agreement_pct": 100.0},
        "cell/latency.json": {
            "measurements": [
                {"ratio": 0.8, "ratio_low": 0.75, "ratio_high": 0.9, "ratios": [0.75, 0.8, 0.9]}
                | {"batch_size": 1, "coverage_pct": 98.4}
            ],
            "provider": "CPU",
            "machine": {"cpu": "Quick *CPU*"},
            "settings": {"threads": 1},
        },
        "dense/model.json": model | twice | {"sha256": "b" * 64},
        "dense/evaluation.json": {"images": 1200} | accuracy(82.5),
        "manifest.json": {"dataset": {}, "fingerprint": "f", "seed": 0, "images": {"train": 5000}},
    }
    for name, value in written.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(value))
    (tmp_path / "cell/model.onnx").write_bytes(b"onnx")
    (tmp_path / "finetune.log").write_text(LOG)
    return {
        "cell": {"task": "pets", "dataset": "photos", "method": "mine", "scope": "layer"}
        | {"budget": "macs-0.5-round8", "normaliser": "-", "repair": "refit"}
        | {"recipe": "short", "seed": 1},
        "logs": {"finetune": tmp_path / "finetune.log", "export": tmp_path / "none.log"},
        "folder": tmp_path / "cell",
        "dense": tmp_path / "dense",
        "manifest": tmp_path / "manifest.json",
        "card": tmp_path / "README.md",
        "provenance": tmp_path / "provenance.json",
    }


def test_the_metadata_is_what_hugging_face_reads(files: dict[str, Any]) -> None:
    card(**files)
    data = ModelCard.load(files["card"]).data
    assert (data.library_name, data.pipeline_tag, data.license) == (
        "onnx",
        "image-classification",
        None,
    )
    assert data.datasets == ["photos"]
    assert {"pruning", "onnx", "mine"} <= set(data.tags or [])
    (result,) = data.eval_results or []
    assert (result.metric_type, result.metric_value, result.dataset_split) == (
        "accuracy",
        80.0,
        "test",
    )


def test_the_body_has_the_figures_beside_the_dense_models(files: dict[str, Any]) -> None:
    card(**files)
    text = files["card"].read_text()
    for line in (
        "# pets-mine-layer-macs-0.5-round8-refit-short-seed1\n",
        "pruning: whole channels, hidden units or heads of timm/tiny were removed, ",
        "- **Method:** mine, layer-wise, 50% of the MACs left, in multiples of 8\n"
        "- **Repair after the cut, before any training:** what is left of the layers refitted to ",
        "| Accuracy (%) | 80.00 (78.00 – 81.00) | 82.50 (80.50 – 83.50) | -2.50 points |\n",
        "| Multiply-accumulates (G) | 0.0080 | 0.0160 | -50.0% |\n",
        "| Time in ONNX Runtime, relative | 0.800 (0.750 – 0.900) | 1 | |\n",
        "5,000 training images, 1,200 test images\n",
    ):
        assert line in text
    assert "Top-5" not in text  # of two classes


def test_a_cut_to_time_says_for_which_device(files: dict[str, Any]) -> None:
    card(**files)
    assert "kind of device" not in files["card"].read_text()
    file = files["folder"] / "model.json"
    model = json.loads(file.read_text())
    device = {"provider": "CPU", "name": "Quick *CPU*", "threads": 1, "batch_size": 1}
    timed = device | {"onnxruntime": "1.31", "tried": []}
    model["provenance"] |= {"timed": timed, "normaliser": {"chosen": "loss"}}
    file.write_text(json.dumps(model))
    card(**files | {"cell": files["cell"] | {"scope": "global", "normaliser": "auto"}})
    text = files["card"].read_text()
    line = "- **Cut for one kind of device:** Quick \\*CPU\\*, CPU, 1 thread(s), a batch of 1, "
    assert f"{line}ONNX Runtime 1.31; on another" in text  # widths that pay off there
    assert "loss: layers compared by the estimated rise of the loss, the best of those" in text
    model["provenance"]["timed"] |= {"ratio": 0.5, "ratio_low": 0.49, "ratio_high": 0.514}
    file.write_text(json.dumps(model))
    card(**files)
    then = "There it took 0.500 (0.490 – 0.514) of the dense model's time when it was cut; on"
    assert then in files["card"].read_text()


def test_top_5_stands_below_the_accuracy_where_it_was_measured(files: dict[str, Any]) -> None:
    for model, value in (("cell", 95.0), ("dense", 96.0)):
        file = files["folder"].parent / model / "evaluation.json"
        top5 = {"top5_pct": value, "top5_low_pct": value - 1, "top5_high_pct": value + 1}
        file.write_text(json.dumps(json.loads(file.read_text()) | top5))
    card(**files)
    text = files["card"].read_text()
    line = "| Top-5 accuracy (%) | 95.00 (94.00 – 96.00) | 96.00 (95.00 – 97.00) | -1.00 points |\n"
    assert line in text
    assert text.index("| Accuracy (%)") < text.index(line)
    assert "name: Top-1 accuracy (%)" in text
    assert "name: Top-5 accuracy (%)" in text


def test_few_processes_give_no_interval(files: dict[str, Any]) -> None:
    file = files["folder"] / "latency.json"
    file.write_text(file.read_text().replace("98.4", "75.0"))
    card(**files)
    assert "| 0.800 (too few processes for an interval) | 1 |" in files["card"].read_text()


def test_a_cell_without_training_says_so(files: dict[str, Any]) -> None:
    file = files["folder"] / "model.json"
    model = json.loads(file.read_text())
    file.write_text(json.dumps(model | {"provenance": model["provenance"] | {"recipe": None}}))
    files["cell"] |= {"recipe": "none"}
    card(**files)
    text = files["card"].read_text()
    assert "were removed, and what is left was not trained again.\n" in text
    assert "- **Recovery training:** none\n- **Seed:** 1\n" in text
    assert "- Nothing was trained after the cut" in text
    assert "A single training" not in text


def test_a_cell_without_latency_and_cut_says_so(files: dict[str, Any]) -> None:
    (files["folder"] / "latency.json").unlink()
    files["cell"] |= {"method": "dense-finetuned", "scope": "-", "budget": "-", "repair": "-"}
    card(**files)
    text = files["card"].read_text()
    assert "# pets-dense-finetuned-short-seed1\n" in text
    assert "was not measured" in text
    assert "that was not pruned" in text
    assert json.loads(files["provenance"].read_text())["latency"] is None


def test_hostile_names_are_text_in_metadata_and_body(files: dict[str, Any]) -> None:
    files["cell"]["dataset"] = HOSTILE
    card(**files)
    assert ModelCard.load(files["card"]).data.datasets == [HOSTILE]
    body = files["card"].read_text().split("\n---\n")[1]
    assert "<script>" not in body
    assert '&lt;script&gt;"çok": \\[x\\] \\| \\# مرحبا, 2 classes' in body


def test_a_global_cut_names_its_normaliser_and_its_repair(files: dict[str, Any]) -> None:
    files["cell"] |= {"scope": "global", "normaliser": "auto", "repair": "none"}
    model = files["folder"] / "model.json"
    content = json.loads(model.read_text())
    content["provenance"]["normaliser"] = {"asked": "auto", "chosen": "raw", "candidates": {}}
    model.write_text(json.dumps(content))
    card(**files)
    text = files["card"].read_text()
    assert "mine, global (normaliser raw, the best of those tried), 50% of the MACs" in text
    assert "- **Repair after the cut, before any training:** none\n" in text


def test_the_provenance_names_what_the_model_was_made_of(files: dict[str, Any]) -> None:
    card(**files)
    found = json.loads(files["provenance"].read_text())
    assert found["sha256"] == {
        "model.safetensors": "a" * 64,
        "model.onnx": hashlib.sha256(b"onnx").hexdigest(),
        "dense model.safetensors": "b" * 64,
    }
    assert found["cell"]["seed"] == 1
    assert found["settings"]["recipe"]["epochs"] == 3
    assert found["packages"].keys() >= {"python", "torch", "onnxruntime-gpu"}
    assert len(found["code"]["sha256"]) == 64
    assert found["jobs"] == {"finetune": {"started": "2026-11-22T11:50:33", "seconds": 17.5}}


def test_a_job_in_which_the_clock_was_set_back_took_no_known_time(tmp_path: Path) -> None:
    log = tmp_path / "dense.log"
    stamps = ("2026-11-22 11:50:33,100", "2026-11-22 09:50:40,100", "2026-11-22 11:51:00,000")
    log.write_text("".join(f"{stamp} INFO line\n" for stamp in stamps))
    assert times(log) == {"started": "2026-11-22T11:50:33"}


@pytest.mark.parametrize("size", [(28, 28), (50, 37), (37, 50)])
def test_the_cards_preprocessing_is_the_one_that_models_were_tested_with(
    files: dict[str, Any], size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    card(**files)
    (code,) = re.findall(r"```python\n(.*?)session =", files["card"].read_text(), re.DOTALL)
    monkeypatch.chdir(files["folder"])
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(pixels).save("image.jpg", "PNG")
    found: dict[str, Any] = {}
    exec(code, found)
    spec = json.loads((files["folder"] / "model.json").read_text())["input"]
    expected = create_transform(
        (3, 32, 32), interpolation="bicubic", crop_pct=0.875, mean=spec["mean"], std=spec["std"]
    )(Image.fromarray(pixels))
    np.testing.assert_allclose(found["images"], expected[None].numpy(), atol=1e-5)
