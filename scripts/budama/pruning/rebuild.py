"""From the files of a stored model back to a network.

Apart from ``store``, so that training a dense model does not depend on the code that cuts.
"""

from collections import OrderedDict
from pathlib import Path

from torch import nn

from budama.models.architecture import build
from budama.models.fitting import check_types
from budama.models.names import is_hub
from budama.models.own import is_own
from budama.models.store import Description, description_path, read_description, read_tensors
from budama.pruning.adapt import adapt
from budama.pruning.surgery import add_biases, set_sizes, take_shapes
from budama.system.errors import BudamaError


def load_model(path: Path, *, own_code: bool = False) -> tuple[nn.Module, Description]:
    """Rebuild the model that ``save_model`` wrote to ``path``, in evaluation mode on the CPU.

    With ``own_code``, of a model that comes from the user's own pipeline, a network in a Python
    file is built by running that file; a description from elsewhere could name any.
    Raises ``BudamaError`` if a file is missing, truncated, a pickle, or not what the other says.
    """
    description = read_description(path)
    tensors = read_tensors(path, description.sha256)
    architecture = description.architecture
    try:
        if is_own(architecture) and not own_code:
            raise BudamaError(
                f"the network is code of a user's own, {architecture}: with own_code=True that "
                "file is run; do so if you trust it and this description"
            )
        if is_hub(architecture):
            raise BudamaError(f"unknown model '{architecture}': stored models name timm's own")
        network = build(architecture, len(description.classes), description.options)
        if description.kept or network.state_dict().keys() != tensors.keys():
            adapt(network)
            set_sizes(network, description.sizes)
        add_biases(network, description.biases)
    except BudamaError as error:
        raise BudamaError(f"{description_path(path)}: {error}") from error
    try:
        if description.kept:
            take_shapes(network, tensors)
        check_types(network, tensors)
        state = OrderedDict(tensors)
        # the versions of the layers' formats, which some layers ask for and no file holds
        state._metadata = network.state_dict()._metadata  # type: ignore[attr-defined]
        network.load_state_dict(state)
    except (RuntimeError, BudamaError) as error:
        raise BudamaError(f"{path}: does not fit its description: {error}") from error
    return network.eval(), description
