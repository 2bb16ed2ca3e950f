"""A network is made ready to be cut: what it computes stays the same."""

from torch import nn

from budama.pruning.parametrised import bake


def adapt(network: nn.Module) -> None:
    """Make ``network`` ready to be cut, in place.

    Weights that are computed from others become plain parameters. Raises ``BudamaError`` where they
    cannot.
    """
    bake(network)
