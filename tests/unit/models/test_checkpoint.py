"""Files that people name as weights: each is read without running code, or named for what it is."""

import argparse
import gzip
import pickle
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from budama.models.checkpoint import read_checkpoint, state_dicts
from budama.system.errors import BudamaError

TENSORS = {"a.weight": torch.ones(2, 3)}


@pytest.mark.parametrize(
    "suffix", [".pth", ".pt", ".bin", ".ckpt", ".th", ".pth.tar", ".safetensors"]
)
@pytest.mark.parametrize("form", ["zip", "legacy", "safetensors"])
def test_what_a_file_is_its_content_tells(tmp_path: Path, suffix: str, form: str) -> None:
    path = tmp_path / f"w{suffix}"
    if form == "safetensors":
        save_file(TENSORS, path)
    else:
        torch.save(TENSORS, path, _use_new_zipfile_serialization=form == "zip")
    assert torch.equal(read_checkpoint(path)["a.weight"], TENSORS["a.weight"])


def test_dictionaries_of_tensors_are_found_at_any_depth() -> None:
    content = {
        "epoch": 3,
        "state_dict": TENSORS,
        "inner": {"model": {"net": TENSORS}},
        "optimizer": {"state": {0: {"exp_avg": torch.ones(1)}}, "param_groups": [{"lr": 0.1}]},
    }
    assert [keys for keys, _ in state_dicts(content)] == [
        ("state_dict",),
        ("inner", "model", "net"),
    ]
    assert list(state_dicts([1, 2])) == [] == list(state_dicts(torch.ones(1)))


class Bomb:
    """Touches a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    ("content", "named"),
    [
        (nn.Linear(2, 2), "torch.nn.modules.linear.Linear"),
        ({"state_dict": TENSORS, "args": argparse.Namespace(lr=1)}, "argparse.Namespace"),
        ({"state_dict": TENSORS, "history": np.ones(3)}, "numpy"),
        ({"state_dict": TENSORS, "best": np.array({})}, "numpy"),
    ],
)
def test_what_needs_code_is_refused_with_how_to_convert_it(
    tmp_path: Path, content: Any, named: str, zipped: bool
) -> None:
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(BudamaError) as refused:
        read_checkpoint(tmp_path / "w.pth")
    text = str(refused.value)
    assert named in text
    # each way is a whole line
    lines = re.findall(r"import torch; found = .*?weights\.pth'\)", text)
    whole = isinstance(content, nn.Module)
    kept = "found.state_dict()" if whole else "found['state_dict']"
    (line,) = (line for line in lines if kept in line)
    exec(line, {})
    plain = read_checkpoint(tmp_path / "w-weights.pth")
    assert plain.keys() == (content.state_dict() if whole else TENSORS).keys()


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize(
    "best", [np.float64(93.5), np.float32(1), np.int64(3), np.bool_(True), np.str_("resnet")]
)
def test_numbers_of_numpy_beside_the_weights_are_read(
    tmp_path: Path, best: Any, zipped: bool
) -> None:
    content = {"state_dict": TENSORS, "best": best}
    torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    old = (tmp_path / "w.pth").read_bytes()
    assert read_checkpoint(tmp_path / "w.pth")["best"] == best
    if not zipped:  # as numpy 1 named it
        (tmp_path / "w.pth").write_bytes(old.replace(b"numpy._core.", b"numpy.core."))
        assert read_checkpoint(tmp_path / "w.pth")["best"] == best


@pytest.mark.parametrize("zipped", [True, False])
def test_no_code_is_run(tmp_path: Path, zipped: bool) -> None:
    bomb = {"state_dict": TENSORS, "x": Bomb(tmp_path / "exploded")}
    torch.save(bomb, tmp_path / "w.pth", _use_new_zipfile_serialization=zipped)
    with pytest.raises(BudamaError, match=r"w.pth: holds .* could run code"):
        read_checkpoint(tmp_path / "w.pth")
    assert not (tmp_path / "exploded").exists()


def saved(path: Path, zipped: bool = True) -> bytes:
    torch.save(TENSORS, path, _use_new_zipfile_serialization=zipped)
    return path.read_bytes()


def script(path: Path) -> None:
    torch.jit.save(torch.jit.trace(nn.Linear(2, 2), torch.ones(1, 2)), path)  # type: ignore[no-untyped-call]


def archive(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "weights are elsewhere")


def folder(path: Path) -> None:
    path.mkdir()
    (path / "model.pt").touch()


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda p: p.touch(), "is empty"),
    "truncated zip": (lambda p: p.write_bytes(saved(p)[:-200]), "is truncated, or damaged at its"),
    "truncated legacy": (
        lambda p: p.write_bytes(saved(p, False)[:-20]),
        "is (truncated or )?damaged",
    ),
    "damaged zip": (
        lambda p: p.write_bytes(saved(p).replace(b"_rebuild_tensor_v2", b"_rebuild_tensor_\xff2")),
        "is (truncated or )?damaged",
    ),
    "zip of something else": (archive, r"is a zip archive that torch.save did not .*readme.txt"),
    "arrays": (lambda p: np.savez(p.open("wb"), a=np.ones(2)), r"is a zip archive .*a.npy"),
    "TorchScript": (script, "is a TorchScript archive: a program.*torch.jit.load"),
    "ONNX": (lambda p: p.write_bytes(b"\x08\x08\x12\x07pytorch" + bytes(90)), "is an ONNX file"),
    "another pickle": (
        lambda p: p.write_bytes(pickle.dumps({"a": [1.0]})),
        "is damaged, or a pickle that torch.save did not write|is truncated or damaged",
    ),
    "web page": (lambda p: p.write_text("<!DOCTYPE html><html>404</html>"), "is a web page"),
    "git-lfs": (
        lambda p: p.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:1"),
        "is only a pointer to the file: fetch it by 'git lfs pull'",
    ),
    "gzip": (lambda p: p.write_bytes(gzip.compress(b"x" * 99)), "is compressed by gzip: unpack it"),
    "HDF5": (lambda p: p.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(99)), "is an HDF5 file"),
    "text": (
        lambda p: p.write_text("hello, these are no weights"),
        "is neither a safetensors file",
    ),
    "folder": (folder, "is a folder: name the .*model.pt"),
}


@pytest.mark.parametrize("kind", FILES)
def test_anything_else_is_named_in_one_sentence(tmp_path: Path, kind: str) -> None:
    write, said = FILES[kind]
    write(tmp_path / "w.pth")
    with pytest.raises(BudamaError, match=rf"w.pth: ({said})") as refused:
        read_checkpoint(tmp_path / "w.pth")
    assert "\n" not in str(refused.value)
