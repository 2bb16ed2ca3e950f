"""The example of docs/own-network.md, on images and a checkpoint of our own making."""

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from budama.models.architecture import build
from budama.models.store import read_description
from tests.workflow.project import ROOT, copy_workflow

EXAMPLE = "docs/examples/cifar-resnet"
SCENARIO = f"{EXAMPLE}/cifar10-resnet56.yaml"
SHADES = {"airplane": 0, "cat": 1, "dog": 2}
DENSE = "results/tasks/resnet56-cifar10/dense"


def write_images(root: Path) -> None:
    """Write images of one colour and noise, a channel for each class."""
    random = np.random.default_rng(0)
    for part, number in (("train", 50), ("test", 6)):
        for name, channel in SHADES.items():
            (root / part / name).mkdir(parents=True)
            for index in range(number):
                image = random.integers(0, 120, (32, 32, 3), dtype=np.uint8)
                image[..., channel] += 100
                Image.fromarray(image).save(root / part / name / f"{index}.png")


def write_checkpoint(model: str, path: Path) -> None:
    """Write a network that knows the colours of all ten classes' stand-ins, as people have it."""
    torch.manual_seed(0)
    network = build(model, 10, {"depth": 8})
    outputs = torch.tensor([0, 3, 5])  # airplane, cat and dog among CIFAR-10's classes
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    for _ in range(20):
        labels = torch.arange(24) % 3
        images = torch.randn(24, 3, 16, 16)
        images[torch.arange(24), labels] += 2
        loss = torch.nn.functional.cross_entropy(network(images), outputs[labels])
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    state = {f"module.{name}": value for name, value in network.state_dict().items()}
    torch.save({"state_dict": state, "best_prec1": 93.6}, path)


def test_the_example_enters_as_it_comes_and_its_code_is_watched(tmp_path: Path) -> None:
    project = copy_workflow(tmp_path, "docs/examples", "config")
    write_images(tmp_path / "data/cifar10")
    write_checkpoint(f"file:{ROOT / EXAMPLE}/resnet.py:resnet", tmp_path / "data/resnet56.th")
    (tmp_path / "config/scenarios/own.yaml").write_text((tmp_path / SCENARIO).read_text())
    project.edit("config/scenarios/own.yaml", "depth: 56", "depth: 8")
    tested = f"{DENSE}/evaluation.json"

    done = project.snakemake("--config", "compute={device: cpu}", "--", tested)
    assert done.returncode == 0, done.stdout
    log = (tmp_path / "results/logs/resnet56-cifar10/dense.log").read_text()
    assert "those of 'state_dict', with 'module.' taken off their names" in log
    description = read_description(tmp_path / DENSE / "model.safetensors")
    assert description.options == {"depth": 8}
    assert description.classes == list(SHADES)  # of the ten that the checkpoint has
    assert json.loads((tmp_path / tested).read_text())["accuracy_pct"] > 90
    assert project.planned(tested) == set()

    # a module that the network's file imports from beside it
    project.edit(f"{EXAMPLE}/blocks.py", "torch.relu(self.bn1", "torch.relu(1 * self.bn1")
    assert project.planned(tested) == {
        "try the network of resnet56-cifar10",
        "take as it comes the dense model of resnet56-cifar10",
        "export dense",
        "evaluate dense",
    }
