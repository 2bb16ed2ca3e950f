"""Weights that are computed from others: taken as they are, so that they can be cut.

Three mechanisms of PyTorch: ``torch.nn.utils.parametrizations`` (weight norm, spectral norm,
orthogonal, a user's own), the older hooks of ``torch.nn.utils.weight_norm`` and ``spectral_norm``,
and the masks of ``torch.nn.utils.prune``. A norm over a channel's weights, or an orthogonal matrix,
has no slice of its own: what is cut are the weights that it gives.
"""

import copy
import warnings
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

from budama.system.errors import BudamaError


def bake(network: nn.Module) -> list[str]:
    """Make plain parameters of all weights of ``network`` that are computed from others, in place.

    Returns the names of these layers; what they give in evaluation mode stays the same. Raises
    ``BudamaError`` for a weight that cannot be a plain parameter.
    """
    baked = []
    for name, layer in list(network.named_modules()):
        training = layer.training
        try:
            # spectral norms take a step whenever they are asked for a weight in training
            layer.eval()
            found = list(_computed(layer))
            for mechanism, weight in found:
                _bake(layer, mechanism, weight)
        except Exception as error:
            raise BudamaError(
                f"layer '{name}' computes its weights from others, and they cannot be taken as "
                f"they are ({type(error).__name__}: {' '.join(str(error).split())}). Remove its "
                "parametrisation before pruning (torch.nn.utils.parametrize.remove_parametrizations"
                " with leave_parametrized=True)"
            ) from error
        finally:
            layer.train(training)
        if found:
            baked.append(name)
    return baked


def copy_of(network: nn.Module, *, share: bool = False) -> nn.Module:
    """Return a deep copy of ``network``; raises ``BudamaError`` where there can be none.

    With ``share``, its tensors are others in the same memory: for a copy whose tensors are
    replaced, and never written to. The older hooks leave the computed weight on the layer as a
    result of autograd, which PyTorch does not copy; it is computed anew before it is read.
    """
    for layer in network.modules():
        for name, value in list(vars(layer).items()):
            if isinstance(value, torch.Tensor) and not value.is_leaf:
                setattr(layer, name, value.detach())
    try:
        with torch.inference_mode(False):
            return copy.deepcopy(network, _shared(network) if share else None)
    except Exception as error:
        raise BudamaError(
            f"the model cannot be copied ({type(error).__name__}: {' '.join(str(error).split())}). "
            "Let it hold nothing but layers, tensors and plain values"
        ) from error


def _shared(network: nn.Module) -> dict[int, torch.Tensor]:
    """Return what a deep copy is to take for the tensors of ``network``, by their identity."""
    parameters = {
        id(p): nn.Parameter(p.detach(), requires_grad=p.requires_grad) for p in network.parameters()
    }
    return parameters | {id(b): b.detach() for b in network.buffers()}


def _computed(layer: nn.Module) -> Iterator[tuple[str, str]]:
    """Yield mechanism and name of each weight of ``layer`` that is computed from others."""
    if parametrize.is_parametrized(layer):
        assert isinstance(layer.parametrizations, nn.ModuleDict)
        yield from (("parametrization", name) for name in list(layer.parametrizations))
    for hook in list(layer._forward_pre_hooks.values()):
        if isinstance(hook, WeightNorm):
            yield "weight_norm", hook.name
        elif isinstance(hook, SpectralNorm):
            yield "spectral_norm", hook.name
        elif isinstance(hook, prune.BasePruningMethod):
            yield "mask", hook._tensor_name


def _bake(layer: nn.Module, mechanism: str, name: str) -> None:
    trained = [p.requires_grad for p in _origins(layer, mechanism, name)]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", FutureWarning)
        if mechanism == "parametrization":
            # the class of a parametrised layer is its own, but a deep copy has the same: what
            # removes the weight from the class would take it from the other, too
            kind = type(layer)
            layer.__class__ = type(kind.__name__, kind.__bases__, dict(vars(kind)))
            parametrize.remove_parametrizations(layer, name, leave_parametrized=True)
        elif mechanism == "weight_norm":
            nn.utils.remove_weight_norm(layer, name)
        elif mechanism == "spectral_norm":
            nn.utils.remove_spectral_norm(layer, name)
        else:
            prune.remove(layer, name)  # type: ignore[no-untyped-call]
    if trained:  # what is left may be a buffer, or trained although it was frozen
        tensor = getattr(layer, name).detach().clone()
        layer._parameters.pop(name, None)
        layer._buffers.pop(name, None)
        layer.register_parameter(name, nn.Parameter(tensor, requires_grad=any(trained)))


def _origins(layer: nn.Module, mechanism: str, name: str) -> Iterator[nn.Parameter]:
    """Yield the parameters that a weight is computed from."""
    if mechanism == "parametrization":
        assert isinstance(layer.parametrizations, nn.ModuleDict)
        yield from layer.parametrizations[name].parameters()
    for key, held in layer._parameters.items():
        if held is not None and key.startswith(f"{name}_"):  # _orig, _g and _v
            yield held
