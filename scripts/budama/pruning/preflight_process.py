"""The trial of a task's network in a process of its own: it may not end, or eat all memory.

``python -m budama.pruning.preflight_process`` is the process (``system/job/bounded.py``). Whoever
starts it imports no torch for it.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import TYPE_CHECKING, Any

from budama.pruning.preflight_words import BUILD, COUNT, EXPORT, RUN, failed, sentence
from budama.system.errors import BudamaError
from budama.system.job.bounded import GIB, Bounds, OutOfBoundsError, Tell, answer, in_bounds

if TYPE_CHECKING:
    from torch import nn

# EfficientNet-B4 at 380 pixels takes 15 s of this and 3 GiB
BOUNDS = Bounds(seconds=30, memory=8 * GIB)
# More for slow machines, so many times what importing the libraries takes them, and for large
# networks, so many times what running one in both modes takes: a minute in all for most
STARTS, RUNS = 20, 10
# And for the exporter, which takes 24 s for the 700 layers of DenseNet-201
EXPORTING = 30


def try_task(given: Mapping[str, Any], on_step: Callable[[str], object] = str) -> dict[str, Any]:
    """Try a task's network, and return the ``Found`` of ``try_out`` as JSON has it.

    ``given`` are the settings of the stage ``preflight`` and the names of the ``classes``. Raises
    ``BudamaError`` with a sentence for whatever goes wrong, also if it does not end.
    """
    try:
        found: dict[str, Any] = in_bounds(__name__, given, BOUNDS, on_step)
    except OutOfBoundsError as error:
        step = error.step or BUILD
        raise sentence(given["model"], given["image_size"], step, error.why) from error
    return found


def main() -> None:
    """Be the process."""
    answer(_try)


def _try(given: dict[str, Any], tell: Tell) -> dict[str, Any]:
    tell(BUILD)
    from budama.pruning.preflight import try_out

    tell(BUILD, seconds=STARTS * time.process_time())
    network = built(given)
    taken = {RUN: (0.0, 0.0)}

    def on_step(step: str) -> None:
        taken[step] = time.process_time(), 1024 * getrusage(RUSAGE_SELF).ru_maxrss
        run, now = taken[RUN], taken[step]
        more = RUNS if step == COUNT else 0  # once, as soon as it has run
        seconds = EXPORTING if step == EXPORT else more * (now[0] - run[0])
        tell(step, seconds=seconds, memory=more * (now[1] - run[1]))

    found = try_out(
        network,
        given["image_size"],
        len(given["classes"]),
        name=given["model"],
        ignore=given["ignore"],
        units=given["units"],
        on_step=on_step,
    )
    return found.model_dump(mode="json")


def built(given: Mapping[str, Any]) -> "nn.Module":
    """Return the network with its first weights; raises ``BudamaError`` for whatever goes wrong."""
    import torch

    from budama.models.architecture import settled
    from budama.models.class_order import outputs_of
    from budama.models.weights import dense_model
    from budama.pruning.patterns import check_patterns

    torch.manual_seed(0)
    order, classes = given["order"], given["classes"]
    try:
        _, options = settled(given["model"], given["options"], given["image_size"])
        network = dense_model(
            given["model"],
            len(classes),
            given["weights"],
            given["weights_sha256"],
            options=options,
            outputs=outputs_of(Path(order), classes) if order else None,
            as_it_is=given["as_it_is"],
        )
        check_patterns(network, given["ignore"])
    except BudamaError:
        raise
    except Exception as error:  # of the model's own code: of any kind
        raise failed(given["model"], given["image_size"], BUILD, error) from error
    return network


if __name__ == "__main__":
    main()
