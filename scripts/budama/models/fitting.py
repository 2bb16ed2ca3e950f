"""Tensors from elsewhere into a network: found by its own names, checked, loaded.

Which of a checkpoint's dictionaries is meant, and what stands before its names (``module.``,
``_orig_mod.``, Lightning's ``model.``, several of them), is seen from what the network calls its
own tensors, so that no list of wrappings is needed.
"""

import logging
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from budama.models.checkpoint import holds_optimiser, state_dicts
from budama.models.class_order import Outputs
from budama.system.errors import BudamaError

log = logging.getLogger("budama")
Tensors = dict[str, torch.Tensor]
# A running average of the weights is what its makers measured and meant to be used
_AVERAGED = re.compile(r"(^|[._])(ema|swa|averaged?)([._]|$)", re.IGNORECASE)
# Of dictionaries that fit equally well, these are the trained weights by custom, the first first
_CUSTOMARY = ("", "state_dict", "model_state_dict", "model", "net", "network", "module", "params")
# Numbers that tools leave in a checkpoint and that no network needs
_COUNTERS = {"num_batches_tracked", "total_ops", "total_params", "n_averaged"}
# Heads that only training uses, as torchvision and others call them
_AUXILIARY = re.compile(r"(^|\.)aux[^.]*\.", re.IGNORECASE)
_LISTED = 6


@dataclass
class Given:
    """Tensors by the names that a network has for them, and what the file had around them.

    ``left`` are those of the same part of the file that the network has no place for, ``apart`` how
    many others there are; ``versions`` are those of the layers' formats, if the file has any.
    """

    tensors: Tensors
    left: list[str] = field(default_factory=list)
    apart: int = 0
    where: str = ""
    prefix: str = ""
    versions: Mapping[str, Any] | None = None


def find_tensors(content: Any, network: nn.Module) -> Given:
    """Return the tensors of a checkpoint that are ``network``'s; the log says where they were.

    Of several that fit equally well, averaged weights (EMA, SWA) are preferred, as timm does, then
    the customary key. Raises ``BudamaError`` if none fit or it cannot be told which are meant.
    """
    own = network.state_dict()
    found = [
        given
        for keys, tensors in state_dicts(content)
        for given in _renamed(tensors, own, ".".join(keys))
    ]
    if not found:
        held = [name for _, tensors in state_dicts(content) for name in tensors]
        there = f"its tensors have names like {listed(held[:3])}"
        if not held:
            there = "it holds no tensors under names"
            if holds_optimiser(content):
                there = "it holds the state of an optimiser, and not the weights that it trained"
        raise BudamaError(
            f"the weights do not belong to this architecture: {there}, and the network's are like "
            f"{listed(list(own)[:3])}"
        )
    most = max(_fitting(given, own) for given in found)
    best = [given for given in found if _fitting(given, own) == most]
    chosen = _preferred(best)
    origin = f"'{chosen.where}'" if chosen.where else "the file itself"
    taken_off = f", with '{chosen.prefix}' taken off their names" if chosen.prefix else ""
    log.info("the weights are those of %s%s", origin, taken_off)
    for other in best:
        if other is not chosen:
            log.info("not those of '%s%s', which fit as well", other.where, other.prefix)
    if chosen.apart:
        log.info("%d tensors of other parts of the file are not used", chosen.apart)
    return chosen


def fit(
    network: nn.Module,
    given: Given,
    heads: Callable[[], Collection[str]],
    *,
    outputs: Outputs | None = None,
    as_it_is: bool = False,
) -> None:
    """Load ``given`` into ``network``.

    ``heads`` tells the tensors whose size is the number of classes, of one classifier or several.
    Where the given ones are of another width or missing, they are initialised anew, and with
    ``as_it_is`` refused; ``outputs`` says which of their rows are taken. Raises ``BudamaError``,
    with what is missing, left over or of another shape, if anything else does not fit.
    """
    own = network.state_dict()
    tensors = dict(given.tensors)
    _check_values(tensors)
    classifier: Collection[str] = ()
    if outputs or set(tensors) != set(own) or given.left or _misfits(tensors, own):
        with torch.random.fork_rng(devices=[]):  # the classifier's first numbers come from it
            classifier = set(heads())
    if outputs is not None:
        tensors |= _rows(tensors, classifier, outputs)
    misfits = _misfits(tensors, own)
    missing = _missing(tensors, network)
    left = [name for name in given.left if _matters(name, network)]
    modules = {name.rpartition(".")[0] for name in classifier}
    wrong = [
        name
        for name in (*misfits, *missing, *left)
        if not any(name.startswith(f"{module}.") for module in modules if module)
        and name not in classifier
    ]
    replaced = sorted({*misfits, *missing, *left} - set(wrong))
    if wrong or (as_it_is and replaced):
        raise BudamaError(_why_not(misfits, missing, left, tensors, own, wrong=bool(wrong)))
    for name in given.left:
        if name not in left:
            log.info("%s is not used: the network needs no such tensor", name)
    anew = sorted({name.rpartition(".")[0] for name in classifier}) if replaced else []
    dropped = {name for name in tensors if replaced and name in classifier}
    _load(network, {k: v for k, v in tensors.items() if k not in dropped}, given.versions)
    for module in anew:
        log.info("%s is initialised anew: the weights' classifier is another", module)
        layer: Any = network.get_submodule(module)
        # timm's own initialisation is made for training from nothing: it is ten times as wide as
        # PyTorch's here, and the first steps would only undo it
        if hasattr(layer, "reset_parameters"):
            layer.reset_parameters()


def heads_of(network: nn.Module, wider: nn.Module) -> set[str]:
    """Return the tensors of ``network`` whose shape is another in ``wider``, of more classes."""
    others = wider.state_dict()
    return {
        name
        for name, tensor in network.state_dict().items()
        if name in others and others[name].shape != tensor.shape
    }


def check_types(network: nn.Module, state: Mapping[str, torch.Tensor]) -> None:
    """Raise ``BudamaError`` if a tensor of ``state`` is not of the kind that ``network`` has there.

    Any real floating-point numbers stand for others: weights may be stored in half precision.
    """
    for name, own in network.state_dict().items():
        given = state.get(name, own)
        if given.dtype != own.dtype and not (given.is_floating_point() and own.is_floating_point()):
            raise BudamaError(f"{name} is of type {given.dtype}, and {own.dtype} is needed there")


def listed(names: Iterable[str], most: int = _LISTED) -> str:
    """Return the first of some names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(f"'{name}'" for name in every[:most]) + more


def _renamed(
    tensors: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor], where: str
) -> list[Given]:
    """Return ``tensors`` by the network's names, once for each prefix that gives the most."""
    plain = {
        re.sub(r"(^|\.)(_orig_mod\.)+", r"\1", name): tensor.detach()
        for name, tensor in tensors.items()
        if isinstance(name, str) and isinstance(tensor, torch.Tensor)
    }
    compiled = any("_orig_mod." in str(name) for name in tensors)
    matches: Counter[str] = Counter()
    for name, tensor in plain.items():
        for start in _starts(name):
            if name[start:] in own:
                # a name alone may be one by chance, such as 'weight'
                matches[name[:start]] += 1 + (tensor.shape == own[name[start:]].shape)
    most = max(matches.values(), default=0)
    versions = getattr(tensors, "_metadata", None)
    found = []
    for prefix in (p for p, count in matches.items() if count == most):
        inside = {n[len(prefix) :]: t for n, t in plain.items() if n.startswith(prefix)}
        found.append(
            Given(
                {name: tensor for name, tensor in inside.items() if name in own},
                [name for name in inside if name not in own],
                len(plain) - len(inside),
                where,
                prefix + ("_orig_mod." if compiled else ""),
                None if versions is None else _versions(versions, prefix),
            )
        )
    return found


def _starts(name: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\.", name))]


def _versions(versions: Mapping[str, Any], prefix: str) -> Mapping[str, Any]:
    """Return the versions of the layers' formats by the names without ``prefix``."""
    prefix = prefix.removesuffix(".")
    plain = {
        re.sub(r"(^|\.)_orig_mod(?=\.|$)", "", name).strip("."): v for name, v in versions.items()
    }
    return OrderedDict(
        (name[len(prefix) :].strip("."), value)
        for name, value in plain.items()
        if name == prefix or not prefix or name.startswith(f"{prefix}.")
    )


def _fitting(given: Given, own: Mapping[str, torch.Tensor]) -> tuple[int, int]:
    """Return how many tensors fit, and how many have at least the name."""
    alike = sum(t.shape == own[name].shape for name, t in given.tensors.items())
    return alike, len(given.tensors)


def _preferred(best: list[Given]) -> Given:
    """Return the one of several that fit alike; raises ``BudamaError`` if that is not plain."""
    names = {id(given): f"{given.where}.{given.prefix}".strip(".") for given in best}
    averaged = [given for given in best if _AVERAGED.search(names[id(given)])]
    chosen = averaged or best
    for key in _CUSTOMARY:
        if len(chosen) > 1:
            chosen = [given for given in chosen if given.where == key] or chosen
    if len(chosen) > 1:
        several = listed(names[id(given)] for given in chosen)
        raise BudamaError(
            f"several networks in the file fit equally well ({several}): save the one that is "
            "meant by itself"
        )
    return chosen[0]


def _misfits(tensors: Mapping[str, torch.Tensor], own: Mapping[str, torch.Tensor]) -> list[str]:
    return [name for name, t in tensors.items() if t.shape != own[name].shape]


def _missing(tensors: Collection[str], network: nn.Module) -> list[str]:
    """Return the tensors that are not given, without those that share the numbers of one that is.

    Counters of batches need not be there, as for torch itself.
    """
    own = network.state_dict()
    there = {own[name].data_ptr() for name in tensors if own[name].numel()}
    return [
        name
        for name, tensor in own.items()
        if name not in tensors
        and name.rpartition(".")[2] not in _COUNTERS
        and tensor.data_ptr() not in there
    ]


def _matters(name: str, network: nn.Module) -> bool:
    """Whether a tensor that the network has no place for means that it is another network."""
    if name.rpartition(".")[2] in _COUNTERS or _AUXILIARY.search(name):
        return False
    return name not in dict(network.named_buffers())  # one that is made anew and not stored


def _check_values(tensors: Mapping[str, torch.Tensor]) -> None:
    for name, tensor in tensors.items():
        if tensor.layout != torch.strided or tensor.is_quantized or tensor.is_meta:
            raise BudamaError(
                f"{name} is not a plain tensor (quantised, sparse or without values): give the "
                "weights as they were before that"
            )
        if tensor.is_floating_point() and not tensor.float().isfinite().all():
            raise BudamaError(f"{name} holds values that are not finite: the training went wrong")


def _rows(tensors: Tensors, classifier: Collection[str], outputs: Outputs) -> Tensors:
    """Return the classifiers' tensors with the rows that are wanted."""
    chosen = {}
    for name in classifier:
        if name not in tensors:
            continue
        tensor = tensors[name]
        if tensor.ndim == 0 or tensor.shape[0] != outputs.width:
            rows = tensor.shape[0] if tensor.ndim else 0
            raise BudamaError(
                f"the order of the classes names {outputs.width}, and {name} has {rows} outputs"
            )
        chosen[name] = tensor[list(outputs.rows)]
    if not chosen:
        raise BudamaError("the weights have no classifier whose outputs could be put in order")
    return chosen


def _load(network: nn.Module, tensors: Tensors, versions: Mapping[str, Any] | None) -> None:
    check_types(network, tensors)
    state = OrderedDict(tensors)
    # which some layers ask for, and not every file holds
    known = network.state_dict()._metadata  # type: ignore[attr-defined]
    state._metadata = known if versions is None else versions  # type: ignore[attr-defined]
    try:
        network.load_state_dict(state, strict=False)
    except (RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BudamaError(f"the weights do not belong to this architecture: {reason}") from error


def _why_not(
    misfits: list[str],
    missing: list[str],
    left: list[str],
    tensors: Tensors,
    own: Mapping[str, torch.Tensor],
    *,
    wrong: bool,
) -> str:
    shapes = [
        f"{name}: {list(tensors[name].shape)} in the file, {list(own[name].shape)} in the network"
        for name in misfits
    ]
    for what, names in (("missing", missing), ("left over", left), ("of another shape", shapes)):
        for name in names:
            log.info("%s: %s", what, name)
    parts = [f"{len(missing)} missing ({listed(missing)})"] if missing else []
    parts += [f"{len(left)} left over ({listed(left)})"] if left else []
    parts += [f"{len(shapes)} of another shape ({'; '.join(shapes[:_LISTED])})"] if shapes else []
    differ = f"of the network's {len(own)} tensors: {', '.join(parts)}"
    if wrong:
        return f"the weights do not belong to this architecture: {differ}"
    return (
        f"the weights' classifier is not that of the data's classes, {differ}. Without training it "
        "cannot be replaced: give the task a recipe, or with 'classes' the file of the classes in "
        "the order of the weights' outputs"
    )
