"""Checkpoints from elsewhere, made to do harm: data at most, each refused with one message."""

import hashlib
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torchvision.models import get_model_weights

from budama.models.architecture import build
from budama.models.store import read_tensors
from budama.models.weights import dense_model
from budama.pruning.rebuild import load_model
from budama.system.errors import BudamaError
from budama.system.files.json_file import MOST_BYTES, read_json
from tests.unit.models.test_store import saved


def crafted(path: Path, header: dict[str, Any] | bytes, data: bytes = bytes(16)) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def tensor(shape: list[int], start: int, end: int, kind: str = "F32") -> dict[str, Any]:
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


@pytest.mark.parametrize(
    "header",
    [
        {"a": tensor([4], 0, 2**62)},  # behind the end of the file
        {"a": tensor([4], 16, 0)},  # backwards
        {"a": tensor([4], 0, 16), "b": tensor([2], 8, 16)},  # over each other
        {"a": tensor([2**62], 0, 16)},  # another length than the shape's
        {"a": tensor([2**33, 2**33], 0, 16)},  # a shape whose size overflows
        {"a": tensor([2], 0, 8)},  # bytes that belong to no tensor
        {"a": tensor([4], 0, 16, "PICKLE")},
        {"a": {"dtype": "F32", "shape": [-4], "data_offsets": [0, 16]}},
        {"__metadata__": {"a": {"b": 1}}},
        b"[" * 100_000,
        b'{"a": ' * 100_000,
        b"{\xff}",
    ],
)
def test_a_crafted_header_is_refused(tmp_path: Path, header: dict[str, Any] | bytes) -> None:
    path = crafted(tmp_path / "w.safetensors", header)
    with pytest.raises(BudamaError, match=r"w.safetensors: is truncated or damaged"):
        read_tensors(path)


def test_a_header_longer_than_its_file_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(struct.pack("<Q", 2**63 - 1) + b"{}")
    with pytest.raises(BudamaError, match=r"is truncated or no safetensors file"):
        read_tensors(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t, name: t.pop(name), "Missing key"),
        (lambda t, _: t.update(more=torch.zeros(1)), "Unexpected key"),
        (lambda t, name: t.update({name: torch.zeros(3)}), "size mismatch"),
        (lambda t, name: t.update({name: t[name].to(torch.int32)}), "is of type torch.int32"),
        (lambda t, name: t.update({name: t[name].to(torch.complex64)}), "is of type torch.complex"),
    ],
)
def test_tensors_that_are_not_the_models_are_refused(
    tmp_path: Path, change: Callable[[dict[str, torch.Tensor], str], None], said: str
) -> None:
    path = saved(tmp_path)
    tensors = load_file(path)
    change(tensors, "conv_stem.weight")
    save_file(tensors, path)
    describe(path, sha256=None)
    with pytest.raises(BudamaError, match=rf"(?s)model.safetensors: does not fit .*{said}"):
        load_model(path)


def describe(path: Path, **changes: Any) -> None:
    """Change the description of the model at ``path``; its hash is always right."""
    sidecar = path.with_suffix(".json")
    description = json.loads(sidecar.read_text()) | changes
    description["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    sidecar.write_text(json.dumps(description))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"architecture": "timm/../../etc/passwd"}, "unknown model"),
        ({"architecture": "/etc/passwd"}, "unknown model"),
        ({"architecture": "antigravity.x/y"}, "unknown model"),
        ({"architecture": "timm/hf-hub:someone/model"}, "unknown model"),
        ({"architecture": "timm/local-dir:/somewhere"}, "unknown model"),
        ({"kept": {"a": [0]}, "sizes": {"../../etc": 0}}, "the network has no size '../../etc'"),
        ({"kept": {"a": [0]}, "sizes": {"conv_stem.padding": [10**12] * 2}}, "has no size"),
        ({"kept": {"a": [0]}, "sizes": {"conv_stem.forward": 1}}, "has no size"),
        ({"classes": []}, "is not a model description"),
        ({"classes": ["x"] * 200_000}, "is not a model description"),
        ({"input": {"size": 10**9}}, "is not a model description"),
    ],
)
def test_a_description_names_nothing_but_known_things(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    path = saved(tmp_path)
    if "input" in changes:
        original = json.loads(path.with_suffix(".json").read_text())["input"]
        changes = {"input": original | changes["input"]}
    describe(path, **changes)
    with pytest.raises(BudamaError, match=rf"model.json: .*({said})"):
        load_model(path)


def test_a_huge_description_is_not_read(tmp_path: Path) -> None:
    path = saved(tmp_path)
    with path.with_suffix(".json").open("r+b") as file:
        file.truncate(400 * 2**20)  # a file with a hole: it takes no disk
    with pytest.raises(BudamaError, match=r"model.json: has 419,430,400 bytes, and at most"):
        load_model(path)
    assert path.with_suffix(".json").stat().st_size > MOST_BYTES


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a":' * 200_000, "is not valid JSON: it is nested too deeply"),
        ('{"a": ' + "9" * 10_000 + "}", "is not valid JSON: Exceeds the limit"),
        ("[1]", "must be a JSON object"),
        ('{"a": "\udcff"}', "is not valid JSON"),
    ],
)
def test_json_that_would_bring_the_reader_down_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "x.json").write_text(text, errors="surrogateescape")
    with pytest.raises(BudamaError, match=f"x.json: {said}"):
        read_json(tmp_path / "x.json")


def test_weights_of_another_kind_of_number_are_refused(tmp_path: Path) -> None:
    """Half precision is fine: that is how many publish their weights."""
    state = build("timm/test_efficientnet", 10).state_dict()
    path = tmp_path / "w.safetensors"
    half = {n: t.half() if t.is_floating_point() else t for n, t in state.items()}
    save_file(half, path)
    network = dense_model("timm/test_efficientnet", 10, f"file:{path}")
    assert all(p.dtype == torch.float32 for p in network.parameters())
    save_file(half | {"conv_stem.weight": state["conv_stem.weight"].to(torch.int8)}, path)
    with pytest.raises(BudamaError, match=r"w.safetensors: conv_stem.weight is of type torch.int8"):
        dense_model("timm/test_efficientnet", 10, f"file:{path}")


def test_a_pickle_in_the_cache_of_pretrained_weights_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return (Path.touch, (tmp_path / "exploded",))

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    url = get_model_weights("mobilenet_v3_small").DEFAULT.url
    cached = tmp_path / "hub/checkpoints" / Path(url).name
    cached.parent.mkdir(parents=True)
    torch.save(Bomb(), cached)
    with pytest.raises(BudamaError, match="in the local cache are not plain tensors: delete"):
        dense_model("torchvision/mobilenet_v3_small", 10, "pretrained")
    assert not (tmp_path / "exploded").exists()
