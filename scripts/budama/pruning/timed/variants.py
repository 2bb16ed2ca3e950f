"""ONNX files of a network at other widths: what a cut takes, before it is made."""

import copy
import logging
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import onnx
import torch
from torch import nn

from budama.config.cut import KINDS
from budama.models.onnx.export import to_onnx
from budama.models.onnx.resized import Resizable
from budama.models.onnx.session import logits, open_session
from budama.pruning.graph import PruningGraph
from budama.pruning.groups import ChannelGroup
from budama.pruning.order import worst_first
from budama.pruning.timed.sizes import layer_sizes

log = logging.getLogger("budama")
CPU = torch.device("cpu")


class Variants:
    """The files of ``network`` with other numbers of channels in its ``groups``.

    They are written from the dense model's file in milliseconds. Where ONNX Runtime refuses what
    comes of that (a graph that has numbers of channels elsewhere than in its layers' weights), each
    is cut and exported, in seconds.
    """

    def __init__(
        self, network: nn.Module, groups: Sequence[ChannelGroup], dense: Path, size: int
    ) -> None:
        self.groups = list(groups)
        self._network = network
        self._size = size
        self._dense = Resizable(onnx.load(dense), network)
        self.architecture = self._dense.fingerprint
        self.quick = self._is_resizable()
        if not self.quick:
            log.warning("every candidate is exported by itself: its graph cannot be resized")

    def file(self, widths: Mapping[str, int]) -> bytes:
        """Return the content of the file with ``widths``, the units left of groups by their name.

        Others stay whole.
        """
        if self.quick or not widths:
            return self._dense.resized(layer_sizes(self.groups, widths))
        kept = {
            group.name: group.channels_of(_first(group, widths[group.name]))
            for group in self.groups
            if group.name in widths
        }
        network = copy.deepcopy(self._network).cpu().float()
        self._pruning.cut(network, kept)
        return to_onnx(network, self._size, {})

    @cached_property
    def _pruning(self) -> PruningGraph:
        return PruningGraph(self._network, self._size, units=KINDS)

    def graph(self, widths: Mapping[str, int]) -> tuple[onnx.GraphProto, Resizable]:
        """Return the graph of a file, and what says whose weights a node of it has."""
        model = onnx.load_from_string(self.file(widths))
        return model.graph, Resizable(model, self._network)

    def _is_resizable(self) -> bool:
        half = {group.name: max(1, group.units // 2) for group in self.groups}
        images = torch.zeros(1, 3, self._size, self._size)
        try:
            content = self._dense.resized(layer_sizes(self.groups, half))
            return bool(logits(open_session(content, CPU, 1), images).isfinite().any())
        except Exception:  # ONNX Runtime's own errors share no base class but this
            return False


def _first(group: ChannelGroup, units: int) -> list[int]:
    """Return the first ``units`` of ``group``, and of each layer that has but a part of them."""
    order, _ = worst_first(group, -torch.arange(group.units, dtype=torch.float64))
    return order[group.units - units :]
