"""The cut itself: from a dense network to one that holds only the kept channels."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from budama.pruning.adapt.memories import forget
from budama.pruning.groups import ChannelGroup
from budama.pruning.members import Convolution, Filters, axes_of
from budama.pruning.trace.tracer import Trace
from budama.system.errors import BudamaError, did_you_mean

# An attribute of all modules of a class, by its name and theirs
Held = tuple[str, str]


class Surgery:
    """How the tensors and the stored sizes of a network follow what is kept of its groups."""

    def __init__(self, traces: Sequence[Trace], groups: Sequence[ChannelGroup]) -> None:
        self._traces = traces
        self._groups = {group.name: group for group in groups}
        self._units = [
            {key: traced.labels.unit(axis.labels) for key, axis in traced.axes.items()}
            for traced in traces
        ]
        self._sizes = [_units_of_sizes(traced) for traced in traces]
        self._fixed: set[Held] = set()

    def cut(self, network: nn.Module, kept: Mapping[str, Sequence[int]]) -> dict[str, Any]:
        """Cut ``network`` in place down to ``kept``: group name to channels of the dense one.

        Groups that ``kept`` does not name stay whole. Returns the attributes of modules that were
        changed, by ``MODULE.ATTRIBUTE``. Raises ``BudamaError`` if a name or an index does not
        belong to the network.
        """
        gone = self._gone(kept)
        forget(network)
        before = dict(network.named_modules())
        sizes = self._stored_sizes(before, gone)
        owners = _owners(before)
        for module_name, tensors in self._kept_of_tensors(gone).items():
            for name, axes in tensors.items():
                tensor = getattr(before[module_name], name)
                smaller = _sliced(tensor, axes)
                for owner, held in owners[id(tensor)]:
                    setattr(before[owner], held, smaller)
                    sizes |= _own_sizes(owner, before[owner])
        changed = self._attentions(before, kept)  # also where it is so here: elsewhere it may not
        changed |= {path: v for path, v in sizes.items() if _get(network, path) != v}
        for path, value in changed.items():
            set_attribute(network, path, value)
        return changed

    def stored(self, network: nn.Module, kept: Mapping[str, Sequence[int]]) -> list[Held]:
        """Return the attributes that a cut would resize because their values are sizes."""
        modules = dict(network.named_modules())
        found = self._stored_sizes(modules, self._gone(kept))
        return list(dict.fromkeys(_held(modules, path) for path in found))

    def fix(self, attribute: Held, *, fixed: bool = True) -> None:
        """Leave ``attribute`` as it is in every cut: its value is a size by chance."""
        (self._fixed.add if fixed else self._fixed.discard)(attribute)

    def _attentions(
        self, modules: Mapping[str, nn.Module], kept: Mapping[str, Sequence[int]]
    ) -> dict[str, Any]:
        """Let attentions whose heads lose width keep their scale.

        PyTorch's fused attention takes it from the width; timm's layers hold it for the other way.
        """
        found = {}
        for name, channels in kept.items():
            group = self._groups[name]
            owner = group.attention
            narrowed = group.kind == "head_widths" and len(channels) < group.channels
            if narrowed and owner is not None and hasattr(modules[owner], "fused_attn"):
                found[f"{owner}.fused_attn"] = False
        return found

    def _gone(self, kept: Mapping[str, Sequence[int]]) -> list[torch.Tensor]:
        """Return, for each trace, a mask over its labels: of the units that go."""
        gone: list[list[torch.Tensor]] = [[torch.empty(0, dtype=torch.int64)] for _ in self._traces]
        for name, channels in kept.items():
            if name not in self._groups:
                raise BudamaError(f"no prunable layer '{name}': {did_you_mean(name, self._groups)}")
            group = self._groups[name]
            units = _units_that_stay(group, channels)
            goes = torch.ones(group.units, dtype=torch.bool)
            goes[units] = False
            gone[group.trace].append(group.unit_labels[goes])
        return [
            traced.labels.where(torch.cat(labels))
            for traced, labels in zip(self._traces, gone, strict=True)
        ]

    def _kept_of_tensors(
        self, gone: Sequence[torch.Tensor]
    ) -> dict[str, dict[str, dict[int, torch.Tensor]]]:
        """Return the masks of what stays, by module, tensor and axis, where something goes."""
        found: dict[str, Any] = defaultdict(lambda: defaultdict(dict))
        for units, goes in zip(self._units, gone, strict=True):
            for (module, tensor, axis), of_axis in units.items():
                stays = ~goes[of_axis]
                if not stays.all():
                    masks = found[module][tensor]
                    masks[axis] = masks[axis] & stays if axis in masks else stays
        return found

    def _stored_sizes(
        self, modules: Mapping[str, nn.Module], gone: Sequence[torch.Tensor]
    ) -> dict[str, Any]:
        """Return the new values of what modules hold and is the size of an axis that shrinks."""
        shrunk: dict[str, dict[int, int]] = defaultdict(dict)
        for key in dict.fromkeys(key for sizes in self._sizes for key in sizes):
            module = key[0]
            stays = torch.ones((), dtype=torch.bool)
            for sizes, goes in zip(self._sizes, gone, strict=True):
                if key in sizes:
                    stays = stays & ~goes[sizes[key]]
            for axis, size in enumerate(stays.shape):
                rest = [other for other in range(stays.ndim) if other != axis]
                left = int((stays.any(dim=rest) if rest else stays).sum())
                if left != size:
                    shrunk[module].setdefault(size, left)
        found: dict[str, Any] = {}
        for name, smaller in shrunk.items():
            holder = modules[name]
            if isinstance(holder, Filters):
                continue
            for attribute, after in _resized(holder, smaller).items():
                path = f"{name}.{attribute}" if name else attribute
                if _held(modules, path) not in self._fixed:
                    found[path] = after
        return found


def _held(modules: Mapping[str, nn.Module], path: str) -> Held:
    module, _, attribute = path.rpartition(".")
    return type(modules[module]).__qualname__, attribute


def _units_of_sizes(traced: Trace) -> dict[tuple[str, int, int], torch.Tensor]:
    return {key: traced.labels.unit(labels) for key, labels in traced.sizes.items()}


def _units_that_stay(group: ChannelGroup, channels: Sequence[int]) -> list[int]:
    remaining = set(channels)
    if not remaining or not remaining <= set(range(group.channels)):
        raise BudamaError(
            f"layer '{group.name}' has {group.channels} channels; the kept ones must be some of "
            "them"
        )
    units = group.units_in(sorted(remaining))
    if set(group.channels_of(units)) != remaining:
        raise BudamaError(
            f"layer '{group.name}': some of the kept channels can only be kept together with "
            "others that are not among them"
        )
    return units


def _resized(holder: nn.Module, sizes: Mapping[int, int]) -> dict[str, Any]:
    """Return the attributes of ``holder`` that are one of ``sizes``, or hold some, as they become.

    One that is such a size comes before one that holds it among others (``num_heads = 3`` before
    ``shift_size = (3, 3)``).
    """
    plain = {k: v for k, v in vars(holder).items() if type(v) is int and v in sizes}
    found: dict[str, Any] = {name: sizes[value] for name, value in plain.items()}
    rest = {size: left for size, left in sizes.items() if size not in plain.values()}
    for name, value in vars(holder).items():
        if isinstance(value, list | tuple) and any(type(v) is int and v in rest for v in value):
            after = [rest.get(v, v) if type(v) is int else v for v in value]
            found[name] = after if isinstance(value, list) else tuple(after)
    return found


def _owners(modules: Mapping[str, nn.Module]) -> dict[int, list[tuple[str, str]]]:
    """Return the modules that hold each tensor, by its identity, and its name in each of them."""
    owners: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for module_name, module in modules.items():
        for name, tensor in (*module._parameters.items(), *module._buffers.items()):
            if tensor is not None:
                owners[id(tensor)].append((module_name, name))
    return owners


def _sliced(tensor: torch.Tensor, axes: Mapping[int, torch.Tensor]) -> torch.Tensor:
    """Return what stays of a tensor, by the masks of its axes."""
    data = tensor.detach()
    for axis, stays in axes.items():
        data = data.index_select(axis, torch.nonzero(stays).flatten().to(data.device))
    after = data.clone()
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(after, requires_grad=tensor.requires_grad)
    return after


def _own_sizes(name: str, module: nn.Module) -> dict[str, Any]:
    """Return what a layer of PyTorch says of its sizes, as its tensors are now."""
    found: dict[str, Any] = {}
    weight: Any = getattr(module, "weight", None)
    if isinstance(module, Convolution):
        axes, groups = axes_of(module), module.groups
        outputs, inputs = weight.shape[axes["out"]], weight.shape[axes["in"]]
        if groups > 1 and groups == module.in_channels:
            groups = outputs * module.in_channels // module.out_channels
        found = {"out_channels": outputs, "in_channels": inputs * groups, "groups": groups}
    elif isinstance(module, nn.Linear):
        found = {"out_features": weight.shape[0], "in_features": weight.shape[1]}
    elif isinstance(module, nn.LayerNorm):
        found = {"normalized_shape": tuple(weight.shape)} if weight is not None else {}
    else:
        held = [t for t in (weight, getattr(module, "running_mean", None)) if t is not None]
        for attribute in ("num_features", "num_channels", "num_parameters"):
            if held and isinstance(getattr(module, attribute, None), int):
                found[attribute] = len(held[0])
    return {f"{name}.{attribute}" if name else attribute: v for attribute, v in found.items()}


def set_sizes(network: nn.Module, sizes: Mapping[str, Any]) -> None:
    """Give a dense ``network`` the attributes ``sizes`` of a cut one, in place.

    Raises ``BudamaError`` for one that the network does not have, or that would grow.
    """
    for path, value in sizes.items():
        before = _stored(network, path)
        if not _is_smaller(value, before):
            raise BudamaError(f"the network has no size '{path}' that could be {value}")
        set_attribute(network, path, tuple(value) if isinstance(before, tuple) else value)


def take_shapes(network: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Give a dense ``network`` tensors of the shapes of a cut one's, in place, with any values.

    Raises ``BudamaError`` where a layer says other sizes of itself.
    """
    shared: dict[int, Any] = {}
    for name, module in network.named_modules():
        for held in (module._parameters, module._buffers):
            for key, tensor in held.items():
                stored = tensors.get(f"{name}.{key}" if name else key)
                if tensor is None or stored is None or tensor.shape == stored.shape:
                    continue
                if tensor.ndim != stored.ndim:
                    raise BudamaError(
                        f"size mismatch: {key} of '{name}' has the shape {list(stored.shape)}"
                    )
                held[key] = shared.setdefault(id(tensor), _like(tensor, stored.shape))
                for path, value in _own_sizes(name, module).items():
                    _check_size(path, _get(network, path), value)


def _check_size(path: str, said: Any, held: Any) -> None:
    if said != held:
        raise BudamaError(f"size mismatch: {path} is {said}, and its tensors have {held}")


def _stored(network: nn.Module, path: str) -> Any:
    try:
        return _get(network, path)
    except AttributeError:
        return None


def _is_smaller(value: Any, before: Any) -> bool:
    """Whether a size can have become ``value`` by a cut."""
    if isinstance(before, list | tuple) and isinstance(value, list):
        pairs = zip(value, before, strict=False)
        return len(value) == len(before) and all(_is_smaller(v, b) for v, b in pairs)
    return type(value) is type(before) and isinstance(value, int) and 0 <= value <= before


def _like(tensor: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    data = tensor.detach().new_empty(shape)
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(data, requires_grad=tensor.requires_grad)
    return data


def _get(network: nn.Module, path: str) -> Any:
    module, _, attribute = path.rpartition(".")
    return getattr(network.get_submodule(module), attribute)


def set_attribute(network: nn.Module, path: str, value: Any) -> None:
    """Set an attribute of a module: ``MODULE.ATTRIBUTE``."""
    module, _, attribute = path.rpartition(".")
    setattr(network.get_submodule(module), attribute, value)


def add_biases(network: nn.Module, layers: Iterable[str]) -> None:
    """Give ``layers`` a bias of zeros; raises ``BudamaError`` for one that cannot have it."""
    for name in layers:
        try:
            layer = network.get_submodule(name)
        except AttributeError:
            layer = None
        if not isinstance(layer, nn.Conv2d | nn.Linear) or layer.bias is not None:
            raise BudamaError(f"no layer '{name}' that could be given a bias")
        layer.bias = nn.Parameter(layer.weight.new_zeros(len(layer.weight)))
