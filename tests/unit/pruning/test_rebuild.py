"""A cut network is built again from its files, and exported, whatever was cut of it."""

from pathlib import Path

import pytest
import torch
from torch import nn

from budama.config.cut import KINDS
from budama.models.architecture import build
from budama.models.onnx.export import compare, to_onnx
from budama.models.preprocessing import Input
from budama.models.store import save_model
from budama.pruning.graph import PruningGraph
from budama.pruning.rebuild import load_model

OWN = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes, width=12):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 4, 4)
        self.one, self.two = nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1)
        self.two.weight = self.one.weight
        self.layer = nn.TransformerEncoderLayer(width, 3, 20, batch_first=True)
        self.head = nn.Linear(width, classes)

    def forward(self, images):
        hidden = self.stem(images)
        hidden = hidden + self.two(torch.relu(self.one(hidden)))
        return self.head(self.layer(hidden.flatten(2).transpose(1, 2)).mean(1))
"""


def model(name: str, folder: Path) -> tuple[str, int]:
    """Return an architecture's name and the size of its images."""
    if name == "own":
        path = folder / "net.py"
        path.write_text(OWN)
        return f"file:{path}:Net", 16
    return name, 160


@pytest.mark.parametrize("name", ["own", "timm/test_vit"])
def test_a_cut_transformer_comes_back_and_its_onnx_file_agrees(name: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    architecture, size = model(name, tmp_path)
    network: nn.Module = build(architecture, 3).eval()
    images = torch.randn(2, 3, size, size)
    graph = PruningGraph(network, size, units=KINDS)
    kinds = {group.kind for group in graph.groups}
    assert {"heads", "head_widths", "hidden", "embedding"} <= kinds and not graph.whole
    kept = {
        group.name: group.channels_of(range(0 if group.kind == "heads" else 1, group.units)[:-1])
        for group in graph.groups
    }
    graph.check(kept)
    sizes = graph.cut(network, kept)
    with torch.no_grad():
        expected = network(images)
    path = tmp_path / "model.safetensors"
    save_model(
        path,
        network,
        architecture=architecture,
        classes=["a", "b", "c"],
        spec=Input(size=size, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0),
        kept=kept,
        sizes=sizes,
        provenance={"seed": 0},
    )
    again, _ = load_model(path, own_code=True)
    with torch.no_grad():
        assert again(images).equal(expected)
    found = compare(again, to_onnx(again, size, {}), images)
    assert found["largest_difference"] < 1e-4 * float(expected.abs().max()) + 1e-5
