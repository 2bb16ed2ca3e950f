"""A criterion of one's own, in a file outside the repository."""

from pathlib import Path

import pytest
import torch

from budama.api import prune_model
from budama.config.criterion import CriterionChoice
from budama.criteria.registry import load_criterion
from budama.system.errors import BudamaError
from tests.inputs import TinyNet

EXAMPLE = Path(__file__).parents[3] / "docs/own_criterion.py"


def test_the_documented_example_is_complete(tiny_net: TinyNet) -> None:
    assert len(EXAMPLE.read_text().splitlines()) <= 40
    choice = {"file": str(EXAMPLE), "options": {"quantile": 0.9}}
    batches = [(torch.randn(4, 3, 8, 8), torch.zeros(4, dtype=torch.long))]
    pruned = prune_model(
        tiny_net, torch.zeros(1, 3, 8, 8), batches, choice, budget={"channels": 0.5}
    )
    assert {name: len(kept) for name, kept in pruned.kept.items()} == {"first": 2, "second": 3}
    assert pruned.network(torch.zeros(1, 3, 8, 8)).shape == (1, 3)
    assert tiny_net.first.out_channels == 4  # the original stays


def test_a_criterion_for_an_earlier_version_is_told_what_to_write(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    code = EXAMPLE.read_text()
    file.write_text(code.replace("    needs =", "    comparable = True\n    needs ="))
    assert file.read_text() != code
    with pytest.raises(BudamaError, match=r"mine.py: 'comparable' is gone: write normalisers = "):
        load_criterion(CriterionChoice(file=str(file)))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1", "must define exactly one Criterion, found 0"),
        ("import nowhere", "cannot be imported: ModuleNotFoundError"),
    ],
)
def test_a_file_that_is_no_criterion_is_named(tmp_path: Path, code: str, message: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(code)
    with pytest.raises(BudamaError, match=f"mine.py: {message}"):
        load_criterion(CriterionChoice(file=str(file)))
    with pytest.raises(BudamaError, match="criterion not found: /no/where is not a file"):
        load_criterion(CriterionChoice(file="/no/where"))
