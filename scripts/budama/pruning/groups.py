"""Groups of channels that can only be cut together, as Torch-Pruning's dependency graph finds them.

Fang et al., DepGraph: Towards Any Structural Pruning, CVPR 2023.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
import torch_pruning as tp
from torch import nn

from budama.errors import BudamaError


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


@dataclass(frozen=True)
class ChannelGroup:
    """``channels`` channels of the layer ``name`` and all that is coupled to them."""

    name: str
    channels: int
    members: tuple[Member, ...]
    coupling: Any  # torch_pruning's Group, for its importances and its cut

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

    ``network`` is not changed by building the graph. Its classifiers (the linear layers whose
    outputs leave the network) are no group: their outputs stay.
    """

    def __init__(self, network: nn.Module, size: int) -> None:
        self.network = network
        self._names = {module: name for name, module in network.named_modules()}
        for module, name in self._names.items():
            if isinstance(module, nn.Conv2d) and module.groups > 1 and not is_depthwise(module):
                raise BudamaError(f"grouped convolutions cannot be pruned yet: layer '{name}'")
        parameter = next(network.parameters())
        image = torch.zeros(1, 3, size, size, device=parameter.device)
        training = network.training
        network.eval()
        with torch.enable_grad():  # the graph is read off autograd's
            self.graph = tp.DependencyGraph().build_dependency(network, example_inputs=image)
        classifiers = self._classifiers(image)
        network.train(training)
        self.groups = [
            self._describe(coupling)
            for coupling in self.graph.get_all_groups(
                ignored_layers=classifiers, root_module_types=[nn.Conv2d, nn.Linear]
            )
        ]

    def cut(self, group: ChannelGroup, channels: Sequence[int]) -> None:
        """Remove ``channels`` (indices in ``group``) from every coupled layer, in place."""
        root = self.network.get_submodule(group.name)
        coupling = self.graph.get_pruning_group(
            root, self.graph.get_pruner_of_module(root).prune_out_channels, list(channels)
        )
        coupling.prune()

    def _classifiers(self, image: torch.Tensor) -> list[nn.Module]:
        """Return the layers with weights whose own output is an output of the network."""
        produced: dict[int, nn.Module] = {}
        hooks = [
            module.register_forward_hook(lambda m, _, out: produced.__setitem__(id(out), m))
            for module in self.network.modules()
            if isinstance(module, nn.Linear | nn.Conv2d)
        ]
        try:
            with torch.no_grad():
                output = self.network(image)
        finally:
            for hook in hooks:
                hook.remove()
        return [produced[id(output)]] if id(output) in produced else []

    def _describe(self, coupling: Any) -> ChannelGroup:
        root = coupling[0].dep.target.module
        members = []
        for item in coupling:
            module = item.dep.target.module
            if module not in self._names:  # an operation, not a layer
                continue
            out = self.graph.is_out_channel_pruning_fn(item.dep.handler)
            members.append(
                Member(
                    name=self._names[module],
                    module=module,
                    side="out" if out else "in",
                    own=torch.as_tensor(item.idxs),
                    root=torch.as_tensor(item.root_idxs),
                )
            )
        return ChannelGroup(self._names[root], len(coupling[0].idxs), tuple(members), coupling)
