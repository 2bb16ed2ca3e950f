"""What is chosen about a cut beside its scope and budget, and the words of paths for it."""

from typing import Literal, get_args

# Where something does not apply: as a word of a path
NONE = "none"

# By what the scores of different layers are made comparable in the global scope: over their mean,
# not at all, over what is left of the layer (Lee et al., LAMP, ICLR 2021), or by what the loss
# would rise by (``pruning/loss.py``), which takes only the order within a layer from them
Normaliser = Literal["mean", "raw", "lamp", "loss"]
NORMALISERS: tuple[Normaliser, ...] = get_args(Normaliser)
LOSS: Normaliser = "loss"
# Those that ask something of the scores' size
OF_SCORES: tuple[Normaliser, ...] = ("mean", "raw", "lamp")
# A share of the channels of each layer needs no comparison between layers
IN_LAYERS: Normaliser = "raw"
# What may be cut: channels of convolutions, the hidden widths of MLPs, whole heads of attentions,
# the widths of heads (all of an attention's alike), channels of a transformer's residual stream
Kind = Literal["channels", "hidden", "heads", "head_widths", "embedding"]
KINDS: tuple[Kind, ...] = get_args(Kind)
# A head loses most of its worth with its width, and little time is won
DEFAULT_UNITS: tuple[Kind, ...] = ("channels", "hidden", "heads", "embedding")
# auto takes the one whose repaired cut does best on the images of the split `selection`
NormaliserChoice = Literal[Normaliser, "auto"]
# What is done between a cut and its recovery: nothing, batch norms measured anew on training
# images, or every layer behind the first that lost inputs refitted by least squares, and batch
# norms moved along
Repair = Literal["none", "norms", "refit"]


def normaliser_in(scope: str, normaliser: str) -> str:
    """Return the normaliser's word in a path: layers are only made comparable globally."""
    return normaliser if scope == "global" else NONE
