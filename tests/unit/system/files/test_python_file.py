import sys
from pathlib import Path

import pytest

from budama.system.errors import BudamaError
from budama.system.files.python_file import beside, described, import_file, place_of


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder


def test_files_of_the_same_names_in_two_folders_do_not_collide(tmp_path: Path) -> None:
    code = (
        "from parts_beside import WHERE\n"
        "def late():\n    import late_beside\n    return late_beside.WHERE"
    )
    folders = [
        write(
            tmp_path / name,
            net=code,
            parts_beside=f"WHERE = {name!r}",
            late_beside=f"WHERE = {name!r}",
        )
        for name in ("a", "b")
    ]
    a, b = (import_file(folder / "net.py") for folder in folders)
    assert (a.WHERE, b.WHERE) == ("a", "b")
    for module, folder in ((a, folders[0]), (b, folders[1]), (a, folders[0])):
        with beside(folder / "net.py"):
            assert module.late() == folder.name
    assert import_file(folders[0] / "net.py") is a
    assert not any(str(tmp_path) in path for path in sys.path)


@pytest.mark.parametrize(
    "line",
    [
        "from .blocks import X",
        "from blocks import X",
        "from kit.inner import X",
        "from .kit.inner import X",
    ],
)
def test_what_stands_beside_can_be_imported_in_every_way(tmp_path: Path, line: str) -> None:
    write(tmp_path, net=line, blocks="X = 1")
    write(tmp_path / "kit", inner="X = 1")  # a folder without __init__.py
    assert import_file(tmp_path / "net.py").X == 1


def test_a_file_may_have_the_name_of_a_library(tmp_path: Path) -> None:
    write(tmp_path, torch="import json, torch\nX = torch.zeros(1)", json="")
    assert import_file(tmp_path / "torch.py").X.shape == (1,)


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    write(tmp_path, net="X = 1")
    assert import_file(tmp_path / "net.py").X == 1
    write(tmp_path, net="X = 'other'")
    assert import_file(tmp_path / "net.py").X == "other"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nowhere", r"ModuleNotFoundError: No module named 'nowhere' \(net.py, line 1\)"),
        ("\nraise SystemExit(3)", r"SystemExit: 3 \(net.py, line 2\)"),
        ("def f(:", "SyntaxError: "),
        ("from broken import X", r"ZeroDivisionError: .* \(broken.py, line 2\)"),
        ("from .. import net", "ImportError: attempted relative import"),
    ],
)
def test_a_file_that_raises_is_named_with_the_line(tmp_path: Path, code: str, said: str) -> None:
    write(tmp_path, net=code, broken="\nX = 1 / 0")
    with pytest.raises(BudamaError, match=f"net.py: cannot be imported: {said}"):
        import_file(tmp_path / "net.py")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BudamaError, match=r"net.py: cannot be read: No such file"):
        import_file(tmp_path / "net.py")


def test_of_an_error_the_users_own_line_is_told_and_no_librarys_beside_it(tmp_path: Path) -> None:
    installed = tmp_path / ".venv/lib/site-packages"
    write(installed, installed_beside="def call(function):\n    function()\n    {}['x']")
    write(tmp_path, net="def net(call):\n    call(print)")
    module, library = (
        import_file(path) for path in (tmp_path / "net.py", installed / "installed_beside.py")
    )
    with pytest.raises(KeyError) as raised:
        module.net(library.call)
    assert described(raised.value, tmp_path) == "KeyError: 'x' (net.py, line 2)"
    wrapped = BudamaError("it does not run")
    wrapped.__cause__ = raised.value
    assert place_of(wrapped, tmp_path) == "net.py, line 2"
    assert place_of(wrapped, tmp_path / "elsewhere") == ""
