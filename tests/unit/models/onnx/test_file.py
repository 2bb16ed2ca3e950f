import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper

from budama.models.onnx.file import (
    check_foreign,
    content_digest,
    finished,
    metadata_of,
    outside_files,
)
from budama.models.onnx.session import open_session
from budama.system.errors import BudamaError


def product() -> onnx.ModelProto:
    """Return a model of one matrix product."""
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["images", "matrix"], ["logits"])],
        "product",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["batch", 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 8])],
        [numpy_helper.from_array(np.eye(8, dtype=np.float32), "matrix")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


def test_what_it_says_of_itself_is_inside() -> None:
    content = finished(product(), {"task": "mine"})
    assert metadata_of(onnx.load_from_string(content)) == {"task": "mine"}


def test_weights_outside_the_file_are_refused(tmp_path: Path) -> None:
    onnx.save(product(), tmp_path / "m.onnx", save_as_external_data=True, size_threshold=0)
    model = onnx.load(tmp_path / "m.onnx", load_external_data=False)
    with pytest.raises(BudamaError, match="keeps 1 tensors outside its file, for example matrix"):
        finished(model, {})


def test_what_the_checker_refuses_is_no_file_of_ours() -> None:
    model = product()
    model.graph.node[0].input[1] = "nowhere"
    with pytest.raises(BudamaError, match=r"onnx's checker refuses the model: .*nowhere"):
        finished(model, {})


def outside(path: Path, location: str) -> onnx.ModelProto:
    """Write a model whose matrix lies at ``location``, as its file says."""
    model = product()
    onnx.external_data_helper.set_external_data(model.graph.initializer[0], location)
    model.graph.initializer[0].ClearField("raw_data")
    path.write_bytes(model.SerializeToString())
    return model


@pytest.mark.parametrize("location", ["/etc/passwd", "../weights.bin", "a/../../x", "link.bin"])
def test_a_file_that_would_have_others_read_is_refused(tmp_path: Path, location: str) -> None:
    (tmp_path / "weights.bin").write_bytes(bytes(256))
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "link.bin").symlink_to(tmp_path / "weights.bin")
    outside(folder / "m.onnx", location)
    with pytest.raises(BudamaError, match=r"m.onnx: keeps the tensor matrix in .*outside"):
        check_foreign(folder / "m.onnx")
    with pytest.raises(BudamaError, match=r"outside of its own folder"):
        open_session(folder / "m.onnx", torch.device("cpu"), 1)


def test_tensors_beside_a_file_are_its_own(tmp_path: Path) -> None:
    onnx.save(product(), tmp_path / "m.onnx", save_as_external_data=True, size_threshold=0)
    check_foreign(tmp_path / "m.onnx")


def cached(folder: Path, data: str = "../../blobs/2") -> Path:
    """Lay a model out as the download cache of the Hugging Face Hub does: links to its content."""
    blobs, shown = folder / "blobs", folder / "snapshots" / "abc"
    blobs.mkdir()
    shown.mkdir(parents=True)
    outside(blobs / "1", "model.onnx_data")
    (blobs / "2").write_bytes(np.eye(8, dtype=np.float32).tobytes())
    (folder / "elsewhere").write_bytes(bytes(256))
    (shown / "model.onnx").symlink_to("../../blobs/1")
    (shown / "model.onnx_data").symlink_to(data)
    return shown / "model.onnx"


def opens(model: Path) -> bool:
    try:
        onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    except Exception:
        return False
    return True


def test_a_download_cache_is_read_as_onnx_runtime_reads_it(tmp_path: Path) -> None:
    model = cached(tmp_path)
    assert opens(model)
    check_foreign(model)
    assert outside_files(model) == {"model.onnx_data": model.with_name("model.onnx_data")}
    open_session(model, torch.device("cpu"), 1)


def test_a_link_out_of_both_folders_is_refused(tmp_path: Path) -> None:
    model = cached(tmp_path, data="../../elsewhere")
    assert not opens(model)
    with pytest.raises(BudamaError, match=r"keeps the tensor matrix in .*outside of its own"):
        check_foreign(model)


def test_data_lie_beside_the_name_and_not_beside_what_it_links_to(tmp_path: Path) -> None:
    """ONNX Runtime looks nowhere else, so that a file there would not be what is timed."""
    model = cached(tmp_path)
    (tmp_path / "blobs" / "model.onnx_data").write_bytes(bytes(256))
    own = outside_files(model)["model.onnx_data"].read_bytes()
    assert own == np.eye(8, dtype=np.float32).tobytes()
    model.with_name("model.onnx_data").unlink()
    assert not opens(model)
    with pytest.raises(BudamaError, match=r"model.onnx_data is no file: it belongs beside"):
        check_foreign(model)


def test_up_is_refused_even_where_it_leads_back(tmp_path: Path) -> None:
    model = cached(tmp_path)
    outside(tmp_path / "blobs" / "1", "../../blobs/2")
    with pytest.raises(BudamaError, match=r"outside of its own folder"):
        check_foreign(model)


def test_the_digest_is_that_of_all_content_under_any_name(tmp_path: Path) -> None:
    model = cached(tmp_path)
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in (model, model.with_name("model.onnx_data")):
        (moved / file.name).write_bytes(file.read_bytes())
    assert content_digest(moved / "model.onnx") == content_digest(model)
    (moved / "model.onnx_data").write_bytes(bytes(256))
    assert content_digest(moved / "model.onnx") != content_digest(model)
    whole = tmp_path / "whole.onnx"
    whole.write_bytes(product().SerializeToString())
    assert content_digest(whole) not in (content_digest(model), content_digest(moved / model.name))


def test_tensors_are_found_wherever_a_file_can_hide_them(tmp_path: Path) -> None:
    """In the body of a branch, in a node's attribute, in a function."""
    hidden = outside(tmp_path / "m.onnx", "/etc/passwd")
    constant = helper.make_node("Constant", [], ["c"], value=hidden.graph.initializer[0])
    branch = helper.make_node(
        "If", ["x"], ["y"], then_branch=hidden.graph, else_branch=hidden.graph
    )
    function = helper.make_function(
        "mine", "f", [], ["c"], [constant], [helper.make_opsetid("", 18)]
    )
    for place in ("attribute", "branch", "function"):
        model = product()
        if place == "function":
            model.functions.append(function)
        else:
            model.graph.node.append(constant if place == "attribute" else branch)
        (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
        with pytest.raises(BudamaError, match="outside of its own folder"):
            check_foreign(tmp_path / "m.onnx")


def test_what_is_code_or_no_model_is_refused(tmp_path: Path) -> None:
    model = product()
    model.graph.node[0].op_type = "EPContext"
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(BudamaError, match=r"holds a compiled engine \(EPContext\), which is code"):
        check_foreign(tmp_path / "m.onnx")
    (tmp_path / "m.onnx").write_bytes(b"\xff" * 100)
    with pytest.raises(BudamaError, match=r"m.onnx: is damaged or no ONNX model"):
        check_foreign(tmp_path / "m.onnx")


def test_the_script_that_times_any_file_reads_no_others(tmp_path: Path) -> None:
    outside(tmp_path / "m.onnx", "../../../etc/passwd")
    script = Path(__file__).parents[4] / "scripts/time_onnx.py"
    done = subprocess.run(
        [sys.executable, script, "m.onnx", "--providers", "CPU"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: m.onnx: keeps the tensor matrix in '../../../etc/passwd'")
