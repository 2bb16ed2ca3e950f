"""Which of what a network returns are its logits."""

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from budama.models.outputs import logits_of, tensors_of
from budama.system.errors import BudamaError

LOGITS = torch.arange(6.0).reshape(2, 3)
AUXILIARY = torch.zeros(2, 3)
Named = namedtuple("Named", ["features", "logits"])


@dataclass
class Output:
    loss: torch.Tensor | None
    logits: torch.Tensor
    hidden: tuple[torch.Tensor, ...] = ()


@pytest.mark.parametrize(
    "output",
    [
        LOGITS,
        (LOGITS, AUXILIARY),
        [LOGITS, None],
        {"out": LOGITS, "aux": AUXILIARY},
        OrderedDict(loss=torch.tensor(1.0), logits=LOGITS),
        Named(features=AUXILIARY, logits=LOGITS),
        Output(loss=None, logits=LOGITS, hidden=(torch.zeros(2, 4, 5),)),
        ({"maps": torch.zeros(2, 3, 4, 4)}, [LOGITS]),
        (torch.tensor([0, 1]), torch.zeros(2, 3, dtype=torch.int64), LOGITS),
    ],
)
def test_the_logits_are_found_in_whatever_holds_them(output: Any) -> None:
    assert logits_of(output) is LOGITS


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (torch.zeros(2), "a tensor of shape [2]"),
        (torch.zeros(2, 3, 1, 1), "a tensor of shape [2, 3, 1, 1]"),
        (torch.zeros(2, 3, dtype=torch.int64), "torch.int64"),
        ({"out": torch.zeros(2, 21, 8, 8)}, "dict with tensors of shape [2, 21, 8, 8]"),
        ((), "tuple without tensors"),
        (None, "NoneType without tensors"),
        (3.5, "float without tensors"),
    ],
)
def test_without_logits_a_sentence_says_what_came(output: Any, said: str) -> None:
    with pytest.raises(BudamaError) as error:
        logits_of(output)
    assert said in str(error.value)
    assert "[batch, classes]" in str(error.value)


def test_what_is_counted_of_a_network_without_logits_is_all_that_it_returns() -> None:
    maps = torch.zeros(2, 3, 4, 4)
    assert tensors_of({"maps": maps, "more": [maps]}) == (maps, maps)
    assert tensors_of((maps, LOGITS)) == (LOGITS,)
    with pytest.raises(BudamaError, match="NoneType without tensors"):
        tensors_of(None)
