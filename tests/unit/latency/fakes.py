"""Stand-ins for a machine that is timed: what takes how long is known."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import onnx
from onnx import helper

from budama.config.latency import Latency
from budama.latency.measure import Pair
from budama.latency.providers import Target
from budama.latency.statistics import Ratio
from budama.pruning.groups import ChannelGroup
from budama.pruning.timed.sizes import layer_sizes
from tests.unit.pruning.timed.tables import DEVICE

Widths = Mapping[str, int]
Share = Callable[[float], float]


class Variants:
    """Files that say nothing but their widths, of a network with ``groups``."""

    def __init__(self, groups: Sequence[ChannelGroup], architecture: str = "own") -> None:
        self.groups = list(groups)
        self.architecture = architecture
        self.quick = True

    def file(self, widths: Widths) -> bytes:
        return repr(dict(sorted(widths.items()))).encode()

    def graph(self, _widths: Widths) -> tuple[onnx.GraphProto, Any]:
        """A node for each layer, with its name."""
        names = layer_sizes(self.groups, {})
        nodes = [helper.make_node("Conv", ["x"], [name], name) for name in names]
        known = SimpleNamespace(owner=lambda node: node.name)
        return helper.make_graph(nodes, "g", [], []), known


class Profiler:
    """Takes a microsecond for each output times input of a layer, and 0.1 ms for any.

    By ``drift`` it is slower with some files. ``stop_before`` is the number of the file at which
    it is interrupted.
    """

    def __init__(self, variants: Variants, drift: float = 0.0) -> None:
        self.variants = variants
        self.drift = drift
        self.asked: list[dict[str, int]] = []
        self.stop_before: int | None = None

    @contextmanager
    def __call__(self, *_: Any) -> Iterator[Callable[[Widths], dict[str, Any]]]:
        yield self.profile

    def profile(self, widths: Widths) -> dict[str, Any]:
        if len(self.asked) == self.stop_before:
            raise KeyboardInterrupt
        self.asked.append(dict(widths))
        slower = 1 + self.drift * (sum(widths.values()) % 5)
        nodes = [
            [name, "Conv", [1, size.inputs], [1, size.outputs], ms * slower]
            for name, size in layer_sizes(self.variants.groups, widths).items()
            for ms in [0.1 + size.outputs * size.inputs / 1e3]
        ]
        return {"plain_ms": sum(node[4] for node in nodes), "nodes": nodes}


class Bench:
    """Times pairs of files as ``times_of`` says, by the second one's content."""

    def __init__(self, times_of: Callable[[bytes], float], settings: Latency) -> None:
        self.settings = settings
        self.target = Target("CPU")
        self.choices = [SimpleNamespace(target=self.target, batch=1)]
        self.machine = {"cpu": "a CPU", "onnxruntime": "1.0"}
        self.timed: list[bytes] = []
        self.plans: list[Latency] = []
        self._times_of = times_of

    def is_that_of(self, _report: Any) -> bool:
        return True

    def times(self, pairs: list[Pair], settings: Latency) -> list[list[dict[str, Any]]]:
        found = []
        for pair in pairs:
            content = pair.files[1].read_bytes()
            self.timed.append(content)
            self.plans.append(settings)
            process = {"blocks": [[[1.0]], [[self._times_of(content)]]]}
            found.append([process] * settings.processes)
        return found


class Watch:
    """Times by what the layers come to: what a short and a thorough measurement make of that."""

    def __init__(self, groups: list[ChannelGroup], in_short: Share, thoroughly: Share) -> None:
        self.device = DEVICE
        self._groups, self._short, self._thorough = groups, in_short, thoroughly
        self.short: list[float] = []
        self.thorough: list[float] = []

    def _left(self, widths: Widths) -> float:
        now, whole = (layer_sizes(self._groups, w) for w in (widths, {}))
        cost = [sum(s.outputs * s.inputs for s in sizes.values()) for sizes in (now, whole)]
        return cost[0] / cost[1]

    def in_short(self, widths: Widths) -> float:
        self.short.append(self._short(self._left(widths)))
        return self.short[-1]

    def forget(self, _widths: Widths) -> None:
        pass

    def thoroughly(self, widths: Widths, *, again: bool = False) -> Ratio:
        del again
        self.thorough.append(self._thorough(self._left(widths)))
        value = self.thorough[-1]
        return Ratio(value, 0.99 * value, 1.01 * value, 0.98)
