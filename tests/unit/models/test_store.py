import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from budama.models.architecture import build
from budama.models.preprocessing import Input
from budama.models.store import read_tensors, save_model
from budama.pruning.graph import PruningGraph, keep_channels
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError

SPEC = Input(size=32, mean=(0.5,) * 3, std=(0.5,) * 3, interpolation="bicubic", crop=1.0)
MODEL = "timm/test_efficientnet"


def saved(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = build(MODEL, 3)
    kept = {g.name: list(range(g.channels))[1:] for g in PruningGraph(network, 32).groups}
    sizes = keep_channels(network, kept, 32)
    path = tmp_path / "model.safetensors"
    save_model(
        path,
        network,
        architecture=MODEL,
        classes=["a", "b", "c"],
        spec=SPEC,
        kept=kept,
        sizes=sizes,
        provenance={"seed": 0},
    )
    torch.manual_seed(1)
    images = torch.randn(2, 3, 32, 32)
    torch.save(network.eval()(images).detach(), tmp_path / "expected.pt")
    return path


def test_a_pruned_model_comes_back_exactly(tmp_path: Path) -> None:
    network, description = load_model(saved(tmp_path))
    torch.manual_seed(1)
    images = torch.randn(2, 3, 32, 32)
    expected = torch.load(tmp_path / "expected.pt", weights_only=True)
    assert torch.equal(network(images), expected)
    assert description.figures.params == sum(p.numel() for p in network.parameters())
    assert not network.training


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    for size in (0, 4, 100, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(BudamaError, match=r"model.safetensors: is (truncated|damaged).*delete"):
            load_model(path)


def test_a_pickle_is_refused_unopened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "exploded",))  # type: ignore[return-value]

    path = saved(tmp_path)
    torch.save(Bomb(), path)
    with pytest.raises(BudamaError, match=r"is a PyTorch pickle, which can run code"):
        load_model(path)
    with pytest.raises(BudamaError, match=r"is a PyTorch pickle"):
        read_tensors(path)
    assert not (tmp_path / "exploded").exists()


def test_no_length_of_header_is_taken_for_a_pickle(tmp_path: Path) -> None:
    """A pickle starts with 0x80; so does a safetensors file whose header has 128 bytes."""
    path = tmp_path / "model.safetensors"
    for length in range(1, 200):
        save_file({"t" * length: torch.zeros(1)}, path)
        if path.read_bytes()[0] == 0x80:
            break
    assert path.read_bytes()[0] == 0x80
    assert list(read_tensors(path)) == ["t" * length]


def test_a_pair_that_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    path.with_suffix(".json").replace(other / "model.json")
    with pytest.raises(BudamaError, match=r"model.json: cannot be read: No such file"):
        load_model(path)
    description = json.loads((other / "model.json").read_text())
    description["sha256"] = "0" * 64
    path.with_suffix(".json").write_text(json.dumps(description))
    with pytest.raises(BudamaError, match=r"belongs to another description"):
        load_model(path)


@pytest.mark.parametrize("text", ["", "{", '{"format": 1}', '{"format": 9, "extra": true}'])
def test_a_broken_description_is_refused(tmp_path: Path, text: str) -> None:
    path = saved(tmp_path)
    path.with_suffix(".json").write_text(text)
    with pytest.raises(BudamaError, match=r"model.json: is not (a model description|valid JSON)"):
        load_model(path)


def test_biases_that_the_architecture_has_not_are_its_descriptions_word(tmp_path: Path) -> None:
    path = saved(tmp_path)
    sidecar = path.with_suffix(".json")
    description = json.loads(sidecar.read_text())
    sidecar.write_text(json.dumps(description | {"biases": ["conv_head"]}))
    with pytest.raises(BudamaError, match=r"model.safetensors: does not fit its description"):
        load_model(path)
    sidecar.write_text(json.dumps(description | {"biases": ["classifier"]}))
    with pytest.raises(BudamaError, match=r"model.json: no layer 'classifier' that could be given"):
        load_model(path)
