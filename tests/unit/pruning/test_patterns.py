import pytest
import torch
from torch import nn

from budama.api import prune_model
from budama.pruning.patterns import check_patterns
from budama.system.errors import BudamaError
from tests.inputs import TinyNet


@pytest.mark.parametrize(
    "patterns", [[], ["*"], ["first"], ["fi?st", "second"], ["first.weight"], ["*s*"]]
)
def test_patterns_that_match_are_fine(tiny_net: TinyNet, patterns: list[str]) -> None:
    check_patterns(tiny_net, patterns)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("frist*", r"'frist\*' \(nearest: first"),
        ("First", "nearest: first"),
        ("zzz", "there are: "),
        ("first.wieght", "nearest: first.weight"),
    ],
)
def test_a_pattern_that_matches_nothing_is_refused(
    tiny_net: TinyNet, pattern: str, said: str
) -> None:
    with pytest.raises(BudamaError, match=f"ignore: no layer of the network matches .*{said}"):
        check_patterns(tiny_net, ["second", pattern])
    with pytest.raises(BudamaError, match=said):
        prune_model(tiny_net, torch.zeros(1, 3, 8, 8), criterion="magnitude", ignore=[pattern])


def test_names_inside_blocks_are_compared_with_their_like() -> None:
    network = nn.ModuleDict({"layer1": nn.Sequential(nn.Linear(1, 1)), "layer2": nn.Linear(1, 1)})
    with pytest.raises(BudamaError, match=r"'layr1\*' \(nearest: layer1, layer2\)"):
        check_patterns(network, ["layr1*"])
