"""From the files of a stored model back to a network.

Apart from ``store``, so that training a dense model does not depend on the code that cuts.
"""

from collections import OrderedDict
from pathlib import Path

from torch import nn

from budama.models.architecture import build, check_types
from budama.models.store import Description, description_path, read_description, read_tensors
from budama.pruning.graph import keep_channels
from budama.pruning.surgery import add_biases
from budama.system.errors import BudamaError


def load_model(path: Path) -> tuple[nn.Module, Description]:
    """Rebuild the model that ``save_model`` wrote to ``path``, in evaluation mode on the CPU.

    Raises ``BudamaError`` if a file is missing, truncated, a pickle, or not what the other says.
    """
    description = read_description(path)
    tensors = read_tensors(path, description.sha256)
    try:
        network = build(description.architecture, len(description.classes))
        if description.kept:
            keep_channels(network, description.kept, description.input.size)
        add_biases(network, description.biases)
    except BudamaError as error:
        raise BudamaError(f"{description_path(path)}: {error}") from error
    try:
        check_types(network, tensors)
        state = OrderedDict(tensors)
        # the versions of the layers' formats, which some layers ask for and no file holds
        state._metadata = network.state_dict()._metadata  # type: ignore[attr-defined]
        network.load_state_dict(state)
    except (RuntimeError, BudamaError) as error:
        raise BudamaError(f"{path}: does not fit its description: {error}") from error
    return network.eval(), description
