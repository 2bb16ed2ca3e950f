"""Is the cut right? The cut network must compute what the dense one does without those channels.

What a graph misses of a model's code need not crash: a slice that is taken from the wrong channels
gives wrong figures in silence. So each cut is made on a copy of the network too, in float64, and
held against the dense network without those channels. Nothing but that comparison accepts a cut.
"""

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import nn

from budama.models.figures import Example, one_image
from budama.models.outputs import logits_of
from budama.pruning.groups import ChannelGroup
from budama.pruning.parametrised import bake, copy_of
from budama.pruning.reference.double import in_double, to_double
from budama.pruning.reference.lively import enliven
from budama.pruning.reference.silent import without_channels
from budama.system.errors import BudamaError

# In float64: what is mistaken is mistaken by far more.
TOLERANCE = 1e-6
_IMAGES = 2
_LEAST_SPREAD = 1e-9  # of outputs over images, by their size: float64 cannot tell less

Cut = Callable[[nn.Module], object]


class Verification:
    """Cuts of one network, each held against the dense network without those channels.

    ``network`` is not changed, nor is any state of PyTorch; its mode, device and what is frozen
    play no part. Made before the cut, once for as many as there are.
    """

    def __init__(self, network: nn.Module, example: Example) -> None:
        self._dense = copy_of(network)
        self._settled = False
        self._runs = False
        bake(self._dense)
        to_double(self._dense)
        shape = (_IMAGES, *one_image(network, example).shape[1:])
        generator = torch.Generator().manual_seed(0)
        self._images = torch.randn(shape, generator=generator, dtype=torch.float64)
        with in_double():
            try:
                enliven(self._dense, self._images)
            except Exception as error:
                raise BudamaError(self._does_not_run(error)) from error

    def check(
        self, groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]], cut: Cut
    ) -> None:
        """Raise ``BudamaError`` unless ``cut`` is right.

        ``kept`` maps names of ``groups`` to their remaining channels; ``cut`` cuts the network that
        it is given down to them, in place.
        """
        trial = copy_of(self._dense, share=True)
        found = self._logits_of_cut(trial, cut)
        raised = _raised_in_training(trial, self._images)
        del trial  # of a large network, one at a time
        expected = self._logits_without(groups, kept)
        if found.shape != expected.shape:
            raise BudamaError(
                f"the cut model gives outputs of shape {list(found.shape)} for {_IMAGES} images, "
                f"and the dense one {list(expected.shape)}: it takes images for channels, or "
                f"channels for images. {REMEDY}"
            )
        scale = max(_spread(expected), _spread(found))
        if not _tells(expected, scale):
            # a cut may leave nothing that depends on the image; the dense model may not be so
            dense = self._logits_without(groups, {})
            if not _tells(dense, _spread(dense)):
                if self._settle():
                    self.check(groups, kept, cut)
                    return
                raise BudamaError(
                    "the model gives the same outputs for different images, or none that are "
                    "finite: no cut of it can be verified. Check its weights, and that its forward "
                    "uses its input"
                )
            scale = float(expected.abs().max())
        difference = float((found - expected).abs().max()) / scale
        if not difference <= TOLERANCE:
            raise BudamaError(self._why(groups, kept, expected, difference))
        if raised is not None:
            self._check_training(raised)

    def _settle(self) -> bool:
        """Let all batch norms take the images' statistics; whether that was not done before.

        A network that has hardly been trained may have statistics in which its signal dies out.
        """
        if self._settled:
            return False
        self._settled = True
        with in_double():
            enliven(self._dense, self._images, anew=True)
        return True

    def _check_training(self, raised: str) -> None:
        """Raise ``BudamaError`` if the dense network trains, and the cut one ``raised`` that.

        What it gives there plays no part: dropout and the statistics of a batch differ.
        """
        if _raised_in_training(self._dense, self._images) is None:
            raise BudamaError(
                "the cut model does not run in training mode, and the dense one does: what only "
                f"training runs counts on the dense number of channels ({raised}). {REMEDY}"
            )

    def _logits_of_cut(self, trial: nn.Module, cut: Cut) -> torch.Tensor:
        with in_double():
            try:
                cut(trial)
            except BudamaError:
                raise
            except Exception as error:
                raise BudamaError(
                    f"the model could not be cut ({_told(error, trial)}). {REMEDY}"
                ) from error
            try:
                return run(trial, self._images)
            except BudamaError:
                self._run_dense()
                raise

    def _logits_without(
        self, groups: Sequence[ChannelGroup], kept: Mapping[str, Sequence[int]]
    ) -> torch.Tensor:
        silent = self._dense
        with in_double():
            try:
                silent = without_channels(self._dense, groups, kept)
                return _logits(silent, self._images)
            except BudamaError:
                raise
            except Exception as error:
                raise BudamaError(self._why_not_silent(error, silent)) from error

    def _why_not_silent(self, error: Exception, silent: nn.Module) -> str:
        self._run_dense()
        return (
            "the cut cannot be verified: the dense model does not run without the channels that "
            f"go ({_told(error, silent)}). {REMEDY}"
        )

    def _run_dense(self) -> None:
        """Raise ``BudamaError`` if the network itself is the one that does not run."""
        if self._runs:
            return
        try:
            _logits(self._dense, self._images)
        except Exception as error:
            raise BudamaError(self._does_not_run(error)) from error
        self._runs = True

    def _does_not_run(self, error: Exception) -> str:
        return (
            f"the model does not run on {_IMAGES} random images of shape "
            f"{list(self._images.shape[1:])} in float64, with all of its channels "
            f"({_told(error, self._dense)}): no cut of it can be verified. Let it run so in "
            "evaluation mode"
        )

    def _why(
        self,
        groups: Sequence[ChannelGroup],
        kept: Mapping[str, Sequence[int]],
        expected: torch.Tensor,
        difference: float,
    ) -> str:
        silent = without_channels(self._dense, groups, kept)
        with in_double():
            torch.manual_seed(1)
            again = _logits(silent, self._images)
        if not torch.equal(again.nan_to_num(), expected.nan_to_num()):
            return (
                "the model gives other outputs for the same images, in evaluation mode too: no "
                "cut of it can be verified. Let nothing in it be random then (dropout as a "
                "function needs training=self.training)"
            )
        return (
            "the cut model does not compute what the dense one does without those channels "
            f"(largest relative difference {difference:.2g}): how its channels belong together is "
            f"not followed. {REMEDY}"
        )


REMEDY = "Name what must stay whole under 'ignore', or choose another model"


def run(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Return what a cut ``network`` makes of ``images``; ``BudamaError`` if it does not run."""
    try:
        with torch.no_grad():
            return _logits(network, images)
    except BudamaError:
        raise
    except Exception as error:
        raise BudamaError(
            "the cut model does not run: its code or one of its layers counts on the dense number "
            f"of channels ({_told(error, network)}). {REMEDY}"
        ) from error


def _raised_in_training(network: nn.Module, images: torch.Tensor) -> str | None:
    """Return what ``network`` raises in training mode, which changes the state of a copy alone."""
    trained = copy_of(network, share=True).train()
    for layer in trained.modules():  # running statistics are written to
        layer._buffers = {
            name: None if buffer is None else buffer.clone()
            for name, buffer in layer._buffers.items()
        }
    with in_double():
        try:
            trained(images)
        except Exception as error:  # whatever the network's own code raises
            return _told(error, trained)
    return None


def _logits(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    found = network(images)
    return found if isinstance(found, torch.Tensor) else logits_of(found)


def _told(error: Exception, network: nn.Module) -> str:
    """Return what happened, and in which layer of ``network``."""
    names = {layer: name for name, layer in network.named_modules() if name}
    place, trace = None, error.__traceback__
    while trace is not None:
        owner = trace.tb_frame.f_locals.get("self")
        if isinstance(owner, nn.Module):
            place = names.get(owner, place)
        trace = trace.tb_next
    within = f"in layer '{place}': " if place else ""
    return f"{within}{type(error).__name__}: {' '.join(str(error).split())}"


def _tells(logits: torch.Tensor, spread: float) -> bool:
    return spread > _LEAST_SPREAD * float(logits.abs().max())


def _spread(logits: torch.Tensor) -> float:
    """Return by how much the outputs for one image differ from those for another."""
    return float((logits - logits.mean(0)).abs().max())
