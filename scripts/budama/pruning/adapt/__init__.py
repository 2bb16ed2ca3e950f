"""A network is made ready to be cut: what it computes stays the same.

Some layers bind the widths of an attention to that of what they read. They are replaced by layers
of ours that take both from their weights. The rest of a network is followed as it is.
"""

from torch import nn

from budama.pruning.adapt.biases import join_biases
from budama.pruning.adapt.multihead import replace_multihead
from budama.pruning.adapt.windows import free_windows
from budama.pruning.parametrised import bake


def adapt(network: nn.Module) -> None:
    """Make ``network`` ready to be cut, in place; once it is, nothing is done.

    Weights that are computed from others become plain parameters. Raises ``BudamaError`` where they
    cannot.
    """
    bake(network)
    join_biases(network)
    replace_multihead(network)
    free_windows(network)
