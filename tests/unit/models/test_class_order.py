import unicodedata
from pathlib import Path

import pytest

from budama.models.class_order import Outputs, outputs_of, read_order
from budama.system.errors import BudamaError


def order(folder: Path, text: str | bytes) -> Path:
    path = folder / "classes.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    ["cat\ndog\nold ship", "cat\r\ndog\r\nold ship\r\n\r\n", "\ufeff cat \ndog\nold ship\n\n"],
)
def test_a_line_is_a_class(tmp_path: Path, text: str) -> None:
    assert read_order(order(tmp_path, text)) == ["cat", "dog", "old ship"]


def test_the_datas_classes_are_found_in_their_order(tmp_path: Path) -> None:
    path = order(tmp_path, "ship\ncat\ndog\nfrog\n")
    assert outputs_of(path, ["cat", "dog", "frog", "ship"]) == Outputs(4, (1, 2, 3, 0))
    assert outputs_of(path, ["cat", "ship"]) == Outputs(4, (1, 0))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cat\n\ndog", "line 2 is empty: each line names a class"),
        ("", "is empty: each line names a class"),
        ("cat\ndog\ncat", "'cat' stands there more than once"),
        (b"\xff\xfe\x00", "cannot be read: it is not text in UTF-8"),
        ("cats\ndog", "1 of the data's 2 classes do not stand there, .*'cat': did you mean 'cats'"),
        ("n1\nn2\nn3", "2 of the data's 2 classes do not .*it has names like 'n1', 'n2', 'n3'"),
    ],
)
def test_a_wrong_file_is_named(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(BudamaError, match=rf"classes.txt: .*{said}"):
        outputs_of(order(tmp_path, text), ["cat", "dog"])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match="the order of the classes cannot be read: No such file"):
        read_order(tmp_path / "none.txt")


def test_classes_in_another_normal_form_are_found_and_in_another_case_named(tmp_path: Path) -> None:
    composed, combined = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    assert outputs_of(order(tmp_path, f"tea\n{combined}"), [composed]) == Outputs(2, (1,))
    assert outputs_of(order(tmp_path, f"tea\n{composed}"), [combined, "tea"]) == Outputs(2, (1, 0))
    with pytest.raises(BudamaError, match=r"stands there more than once"):
        read_order(order(tmp_path, f"{composed}\n{combined}"))
    with pytest.raises(BudamaError, match=r"classes.txt: there is no 'tea', but 'Tea': upper"):
        outputs_of(order(tmp_path, "Tea\ncoffee\nmilk"), ["tea"])
