"""The example of docs/own-network.md, on images and a checkpoint of our own making."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from budama.models.architecture import build
from tests.workflow.project import QUICK_LATENCY, Project, copy_workflow

EXAMPLE = "docs/examples/cifar-resnet"
# the file in the docs, for few and quick jobs
SCENARIO = f"{EXAMPLE}/cifar10-resnet56.yaml"
SHADES = {"airplane": 0, "cat": 1, "dog": 2}
DENSE = "results/tasks/resnet56-cifar10/dense"


def write_images(root: Path) -> None:
    """Write images of one colour and noise, a channel for each class."""
    random = np.random.default_rng(0)
    for part, number in (("train", 20), ("test", 6)):
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
