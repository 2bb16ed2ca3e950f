"""Groups of channels that can only be cut together, as Torch-Pruning's dependency graph finds them.

Fang et al., DepGraph: Towards Any Structural Pruning, CVPR 2023.
"""

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

import torch
import torch_pruning as tp
from torch import nn

from budama.models.figures import Example, one_image
from budama.system.errors import BudamaError

log = logging.getLogger("budama")
_WIDTHS = ("num_features", "num_channels")


@dataclass(frozen=True)
class Member:
    """A layer's share in a group.

    Channel ``own[i]`` of ``module`` is coupled to channel ``root[i]`` of the group: on its output
    side (a convolution's filters, a norm's parameters) or on its input side (the next layer's
    kernels). A depthwise convolution is on the output side and has its own input besides.
    """

    name: str
    module: nn.Module
    side: Literal["out", "in"]
    own: torch.Tensor
    root: torch.Tensor

    @property
    def depthwise(self) -> bool:
        """Whether the layer filters each channel by itself."""
        return isinstance(self.module, nn.Conv2d) and is_depthwise(self.module)

    @property
    def width(self) -> int:
        """How many channels the layer has on this side."""
        for name in (f"{self.side}_channels", f"{self.side}_features", *_WIDTHS):
            if isinstance(getattr(self.module, name, None), int):
                return int(getattr(self.module, name))
        return len(next(self.module.parameters(recurse=False)))

    def slices(self) -> torch.Tensor | None:
        """Return the weights that belong to each of the layer's channels on this side.

        ``[channels of the layer on this side, weights]``, detached; ``None`` for a layer without
        weights. On the input side of a grouped convolution a channel is read by its own group's
        filters alone.
        """
        weight = getattr(self.module, "weight", None)
        if not isinstance(weight, torch.Tensor):
            return None
        if self.side == "out":
            return weight.detach().flatten(1) if weight.ndim > 1 else weight.detach()[:, None]
        groups = self.module.groups if isinstance(self.module, nn.Conv2d) else 1
        split = weight.detach().flatten(2) if weight.ndim > 2 else weight.detach()[:, :, None]  # noqa: PLR2004
        filters, inputs, kernel = split.shape
        return (
            split.reshape(groups, filters // groups, inputs, kernel)
            .transpose(1, 2)
            .reshape(groups * inputs, -1)
        )


@dataclass(frozen=True)
class ChannelGroup:
    """``channels`` channels of the layer ``name`` and all that is coupled to them.

    Where a grouped convolution or a group norm takes part, its ``copies`` groups must stay equal:
    what can be cut is then a *unit*, the same channel of every copy. Otherwise a unit is a channel.
    """

    name: str
    channels: int
    copies: int
    members: tuple[Member, ...]
    coupling: Any  # torch_pruning's Group, for its importances and its cut

    @property
    def units(self) -> int:
        """How many units there are."""
        return self.channels // self.copies

    def unit_scores(self, scores: torch.Tensor) -> torch.Tensor:
        """Return the mean score of each unit's channels, ``[units]``."""
        return scores.reshape(self.copies, self.units).mean(0)

    def channels_of(self, units: Sequence[int]) -> list[int]:
        """Return the channels that make up ``units``, ascending."""
        return sorted(copy * self.units + unit for copy in range(self.copies) for unit in units)

    def producers(self) -> Iterator[Member]:
        """Yield the members on the output side."""
        return (member for member in self.members if member.side == "out")

    def consumers(self) -> Iterator[Member]:
        """Yield the layers that read the channels: input sides and depthwise convolutions."""
        return (member for member in self.members if member.side == "in" or member.depthwise)


def is_depthwise(layer: nn.Conv2d) -> bool:
    """Whether each input channel is filtered by itself."""
    return layer.groups > 1 and layer.groups == layer.in_channels == layer.out_channels


class PruningGraph:
    """The dependency graph of a network and its groups, in a fixed order.

    ``network`` is not changed by building the graph. Its classifiers (the layers whose outputs
    leave the network) are not a group: their outputs stay. So do the outputs of layers whose name
    matches one of the ``ignore`` patterns (as in a shell: ``*``, ``?``), and all that is coupled to
    them.
    """

    def __init__(self, network: nn.Module, example: Example, ignore: Sequence[str] = ()) -> None:
        self.network = network
        self._names = {module: name for name, module in network.named_modules()}
        self._order = {name: place for place, name in enumerate(self._names.values())}
        training = network.training
        try:
            # the graph is read off autograd's, whatever mode the caller is in
            with torch.inference_mode(False), torch.enable_grad():
                image = one_image(network, example)
                self.graph = tp.DependencyGraph().build_dependency(
                    network.eval(), example_inputs=image
                )
            left_alone = self._classifiers() + [
                module
                for module, name in self._names.items()
                if any(fnmatchcase(name, pattern) for pattern in ignore)
            ]
            found = list(
                self.graph.get_all_groups(
                    ignored_layers=left_alone, root_module_types=[nn.Conv2d, nn.Linear]
                )
            )
        except (RuntimeError, ValueError, IndexError, ZeroDivisionError) as error:
            raise BudamaError(
                "this model cannot be pruned: Torch-Pruning's dependency graph does not follow it "
                f"({type(error).__name__}: {error})"
            ) from error
        finally:
            network.train(training)
        groups = [group for group in map(self._describe, found) if self._divides(group)]
        # The graph is traversed in an order that is not always the same; the layers' order is.
        self.groups = sorted(groups, key=lambda group: self._order[group.name])

    def cut(self, group: ChannelGroup, channels: Sequence[int]) -> None:
        """Remove ``channels`` (indices in ``group``) from every coupled layer, in place."""
        root = self.network.get_submodule(group.name)
        coupling = self.graph.get_pruning_group(
            root, self.graph.get_pruner_of_module(root).prune_out_channels, list(channels)
        )
        coupling.prune()

    def _classifiers(self) -> list[nn.Module]:
        """Return the layers behind whose outputs no other layer with filters comes."""
        found: dict[nn.Module, None] = {}
        ends = [node for node in self.graph.module2node.values() if not node.outputs]
        seen = set(ends)
        while ends:
            node = ends.pop()
            if isinstance(node.module, nn.Conv2d | nn.Linear):
                found[node.module] = None
                continue
            fresh = [before for before in node.inputs if before not in seen]
            seen.update(fresh)
            ends += fresh
        return list(found)

    def _describe(self, coupling: Any) -> ChannelGroup:
        coupling = self._rooted_at_first(coupling)
        channels = len(coupling[0].idxs)
        members = tuple(self._members(coupling))
        name = self._names[coupling[0].dep.target.module]
        for member in members:
            if int(member.root.max()) >= channels or int(member.own.max()) >= member.width:
                raise BudamaError(
                    "this model cannot be pruned: Torch-Pruning's dependency graph does not follow "
                    f"how layer '{member.name}' shares the channels of '{name}'"
                )
        copies = math.lcm(*(_copies(member.module) for member in members))
        return ChannelGroup(name, channels, copies, members, coupling)

    def _rooted_at_first(self, coupling: Any) -> Any:
        """Return the same group seen from its first layer, in the network's order."""
        whole = list(range(len(coupling[0].idxs)))
        roots = [
            item.dep.target.module
            for item in coupling
            if self.graph.is_out_channel_pruning_fn(item.dep.handler)
            and isinstance(item.dep.target.module, nn.Conv2d | nn.Linear)
            and list(item.idxs) == whole == list(item.root_idxs)
        ]
        if not roots:
            name = self._names.get(coupling[0].dep.target.module, "?")
            raise BudamaError(
                "this model cannot be pruned: Torch-Pruning's dependency graph does not follow how "
                f"the channels of layer '{name}' are shared"
            )
        first = min(roots, key=lambda module: self._order[self._names[module]])
        if first is coupling[0].dep.target.module:
            return coupling
        prune = self.graph.get_pruner_of_module(first).prune_out_channels
        return self.graph.get_pruning_group(first, prune, whole)

    def _members(self, coupling: Any) -> Iterator[Member]:
        for item in coupling:
            module = item.dep.target.module
            if module in self._names:  # a layer, not an operation
                out = self.graph.is_out_channel_pruning_fn(item.dep.handler)
                yield Member(
                    name=self._names[module],
                    module=module,
                    side="out" if out else "in",
                    own=torch.as_tensor(item.idxs),
                    root=torch.as_tensor(item.root_idxs),
                )

    @staticmethod
    def _divides(group: ChannelGroup) -> bool:
        if group.channels % group.copies:
            log.warning("layer '%s' stays whole: its groups cannot be kept equal", group.name)
            return False
        return True


def _copies(module: nn.Module) -> int:
    """Return into how many groups of equal size a layer divides its channels."""
    if isinstance(module, nn.Conv2d) and not is_depthwise(module):
        return module.groups
    return module.num_groups if isinstance(module, nn.GroupNorm) else 1
