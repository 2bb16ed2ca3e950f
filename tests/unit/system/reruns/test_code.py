from pathlib import Path

from budama.system.reruns.code import SCRIPTS, code_behind


def names(script: str) -> set[str]:
    return {str(file.relative_to(SCRIPTS)) for file in code_behind(SCRIPTS / script)}


def test_imports_are_followed_also_out_of_functions() -> None:
    found = names("finetune.py")
    assert {"finetune.py", "budama/stages/finetune.py", "budama/training/engine.py"} <= found
    assert {"budama/models/store.py", "budama/pruning/surgery.py"} <= found


def test_a_stage_does_not_depend_on_what_it_does_not_import() -> None:
    assert not any(
        name.startswith(("budama/criteria", "budama/pruning")) for name in names("dense.py")
    )
    assert "budama/training/engine.py" not in names("evaluate.py")
    assert "budama/report/page.py" not in names("summarise.py")
    assert "budama/models/store.py" not in names("latency.py")
    assert not any(name.startswith("budama/latency/") for name in names("prune.py"))


def test_a_stage_does_not_depend_on_formats_of_datasets() -> None:
    found = names("dense.py")
    assert {"budama/data/sources/base.py", "budama/data/sources/cached.py"} <= found
    assert "budama/data/sources/folder.py" not in found
    assert "budama/stages/audit.py" not in found
    # nor is our module taken for the library of the same name
    assert "budama/data/sources/fashion_mnist.py" in names("budama/data/sources/torchvision.py")


def test_a_criterion_depends_on_the_groups_it_scores() -> None:
    found = names("budama/criteria/wanda.py")
    assert {"budama/criteria/base.py", "budama/pruning/groups.py"} <= found
    assert "budama/criteria/taylor.py" not in found


def test_a_file_that_is_no_python_is_its_own_dependency(tmp_path: Path) -> None:
    """An error here would make Snakemake leave out the rule and call its results up to date."""
    broken = tmp_path / "criterion.py"
    broken.write_text("import (torch")
    assert code_behind(broken) == (broken,)


def test_a_file_of_the_users_depends_on_what_it_imports_from_beside_it(tmp_path: Path) -> None:
    files = {
        "net.py": "import torch\nfrom blocks import A\nfrom .near import B\n"
        "from kit.inner import C\n"
        "def late():\n    import late\n    from budama.criteria import base\n",
        "blocks.py": "import deeper.still",
        "near.py": "",
        "late.py": "",
        "unused.py": "",
        "kit/inner.py": "from . import other\n",  # a folder without __init__.py
        "kit/other.py": "",
        "deeper/__init__.py": "",
        "deeper/still.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = set(code_behind(tmp_path / "net.py"))
    assert {f for f in found if f.is_relative_to(tmp_path)} == {
        tmp_path / name for name in files if name != "unused.py"
    }
    assert SCRIPTS / "budama/criteria/base.py" in found
