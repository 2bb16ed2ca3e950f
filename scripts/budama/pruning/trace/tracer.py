"""One forward pass with labels on channels: which parameters make and read which channels.

Every operation that PyTorch runs is watched (below autograd, so that composite functions are seen
as the few operations that they are made of), and what it does to the labels of its inputs is worked
out by ``operations``: whatever moves values about moves the labels about by the same code, so that
no operation of that kind needs a rule. An operation that is not known keeps its inputs whole.
"""

import copy
import logging
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakTensorKeyDictionary

from budama.models.figures import Example, one_image, without_fused_encoders
from budama.pruning.adapt.memories import forget
from budama.pruning.trace.labels import Labels, expanded

log = logging.getLogger("budama")
# Which axis can be cut where a layer's channels are split into several axes: the last (the same
# channel of every part), or the one before it (whole parts, such as the heads of an attention)
Split = Literal["inner", "outer"]


@dataclass(frozen=True)
class Marks:
    """The labels of a tensor.

    ``layers`` of an activation is one tensor of labels of the activation's shape. Of a parameter
    that nothing has been done with (``free``), it is one for each of its axes: which of them holds
    channels is known when it meets an activation.
    """

    layers: tuple[torch.Tensor, ...]
    free: bool = False


@dataclass(frozen=True)
class Axis:
    """An axis of a parameter or buffer, by the name of its module and its own: the labels on it."""

    module: str
    tensor: str
    axis: int
    labels: torch.Tensor


@dataclass
class Trace:
    """What one pass has shown.

    ``axes`` are the labelled axes of all parameters and buffers; ``makers`` the labels that layers
    with filters make, in the order of running; ``reads`` the labels of what a grouped convolution
    reads, by the first label that it makes: its weight holds only a part of them; ``in_attention``
    the labels of channels that a product of two activations reads; ``sizes`` the labels of tensors
    that got a size by an operation: the module that ran it, which may have stored that size, the
    operation's number and the tensor's among those that it gave; ``running`` the modules in the
    order in which they ran; ``split`` whether channels were split into several axes; ``unknown``
    the operations that are not known.
    """

    labels: Labels = field(default_factory=Labels)
    axes: dict[tuple[str, str, int], Axis] = field(default_factory=dict)
    makers: list[torch.Tensor] = field(default_factory=list)
    reads: dict[int, torch.Tensor] = field(default_factory=dict)
    in_attention: list[torch.Tensor] = field(default_factory=list)
    sizes: dict[tuple[str, int, int], torch.Tensor] = field(default_factory=dict)
    running: list[str] = field(default_factory=list)
    split: bool = False
    unknown: set[str] = field(default_factory=set)


class Tracer(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Keeps the marks of every tensor of one pass, as ``operations`` work them out."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # a mode that must not be compiled would import the compiler, which takes seconds
        return False

    def __init__(self, network: nn.Module, split: Split) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.split = split
        self.trace = Trace()
        self.labels = self.trace.labels
        self.modules: list[str] = [""]
        self._step = 0
        # a tensor that is no more is forgotten: the next one may have its place in memory
        self._marks: MutableMapping[torch.Tensor, Marks] = WeakTensorKeyDictionary()
        self._of_images: MutableMapping[torch.Tensor, None] = WeakTensorKeyDictionary()
        self._owned: set[int] = set()
        self._storages: dict[tuple[int, torch.Size], torch.Tensor] = {}
        self._norms: set[str] = set()
        for module_name, module in network.named_modules():
            if _per_channel(module):
                self._norms.add(module_name)
            stored = {k: b for k, b in module._buffers.items() if _is_stored(module, k)}
            for name, tensor in (*module._parameters.items(), *stored.items()):
                if tensor is not None and id(tensor) not in self._owned:
                    self._own(module_name, name, tensor)

    def _own(self, module: str, name: str, tensor: torch.Tensor) -> None:
        self._owned.add(id(tensor))
        self._storages[tensor.data_ptr(), tensor.shape] = tensor
        layers = []
        for axis, size in enumerate(tensor.shape):
            if size > 1:
                labels = self.labels.new(size)
                self.trace.axes[module, name, axis] = Axis(module, name, axis, labels)
                shape = [-1 if other == axis else 1 for other in range(tensor.ndim)]
                layers.append(labels.view(shape).expand(tensor.shape))
        self._marks[tensor] = Marks(tuple(layers), free=True)

    def marks_of(self, tensor: Any) -> Marks | None:
        """Return the marks of a tensor; ``None`` for one that no channel is part of."""
        if not isinstance(tensor, torch.Tensor):
            return None
        found = self._marks.get(tensor)
        if found is None and tensor.numel():
            # what a module takes from a parameter without PyTorch's knowing (`.data`)
            owned = self._storages.get((tensor.data_ptr(), tensor.shape))
            found = self._marks[owned] if owned is not None else None
        return found

    def hard(self, tensor: Any) -> torch.Tensor | None:
        """Return the labels of an activation; ``None`` for parameters and what has none."""
        marks = self.marks_of(tensor)
        return None if marks is None or marks.free else marks.layers[0]

    def free(self, tensor: Any) -> tuple[torch.Tensor, ...]:
        """Return the labels of the axes of what was made of parameters alone."""
        marks = self.marks_of(tensor)
        return marks.layers if marks is not None and marks.free else ()

    def mark(self, tensor: Any, *layers: torch.Tensor, free: bool = False) -> None:
        """Label ``tensor``."""
        if isinstance(tensor, torch.Tensor) and layers:
            self._marks[tensor] = Marks(tuple(expanded(x, tensor.shape) for x in layers), free)

    def mark_image(self, *tensors: Any) -> None:
        """Note that ``tensors`` are an image, or were made of one."""
        for tensor in tensors:
            self._of_images[tensor] = None

    def is_of_image(self, tensor: torch.Tensor) -> bool:
        """Whether ``tensor`` was made of the image, and not of parameters and constants alone."""
        return tensor in self._of_images

    @property
    def in_norm(self) -> bool:
        """Whether what runs is a layer of its own with a number per channel, such as a norm.

        What it takes over all channels is taken over the kept ones, in the reference as well.
        """
        return self.modules[-1] in self._norms

    def keep(self, tensor: Any) -> None:
        """Let all that ``tensor`` holds stay."""
        marks = self.marks_of(tensor)
        for layer in marks.layers if marks else ():
            self.labels.keep(layer)

    def saw_size(self, labels: torch.Tensor, part: int = 0) -> None:
        """Note that a tensor with these labels got its sizes in the module that runs.

        ``part`` is its number among those that the operation gave.
        """
        self.trace.sizes[self.modules[-1], self._step, part] = labels

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run an operation, and label what it gives."""
        from budama.pruning.trace.operations import propagate

        given = func(*args, **(kwargs or {}))
        self._step += 1
        if any(map(self.is_of_image, tensors_in([list(args), kwargs]))):
            self.mark_image(*tensors_in(given))
        propagate(self, func, args, kwargs or {}, given)
        return given


def _is_stored(module: nn.Module, buffer: str) -> bool:
    """Whether a buffer is part of the state dict: others are made anew, of the dense sizes."""
    return buffer not in module._non_persistent_buffers_set


def _per_channel(module: nn.Module) -> bool:
    held = list(module.parameters(recurse=False))
    return (
        any(p.numel() > 1 for p in held)
        and not any(True for child in module.children() for _ in child.parameters())
        and all(p.numel() == max(p.shape, default=1) for p in held)
    )


def trace(network: nn.Module, example: Example, split: Split) -> Trace:
    """Run ``network`` on one image of the size of ``example`` and return what its channels do.

    ``network`` is not changed: a copy in evaluation mode on the CPU runs; where layers are left
    that did not run, it runs in training mode, too.
    """
    with torch.inference_mode(False), torch.no_grad():
        copied = copy.deepcopy(network).cpu().float().eval()
        # in PyTorch's usual order in memory: in another, some operations run as others
        copied.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        forget(copied)
        tracer = Tracer(copied, split)
        image = one_image(copied, example)
        tracer.mark_image(image)
        with _named(copied, tracer), sdpa_kernel(SDPBackend.MATH), without_fused_encoders(), tracer:
            _follow(tracer, copied, image)
            if any(name not in tracer.trace.running for name in _with_parameters(copied)):
                _follow_training(tracer, copied, image)
    return tracer.trace


def _follow(tracer: Tracer, network: nn.Module, images: torch.Tensor) -> None:
    """Run ``network`` once; what it returns stays."""
    for tensor in tensors_in(network(images)):
        tracer.keep(tensor)


def _follow_training(tracer: Tracer, network: nn.Module, image: torch.Tensor) -> None:
    """Follow what runs in training alone, such as auxiliary heads, as far as it runs.

    There are two images, without which batch norms have no statistics.
    """
    images = torch.cat([image, image])
    tracer.mark_image(images)
    try:
        _follow(tracer, network.train(), images)
    except Exception as error:  # whatever the network's own code raises
        log.debug("not followed in training mode: %s", error)


def _with_parameters(network: nn.Module) -> Iterator[str]:
    """Yield the names of all modules that hold parameters themselves."""
    for name, module in network.named_modules():
        if any(parameter is not None for parameter in module._parameters.values()):
            yield name


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Yield all tensors in nested lists, tuples, dictionaries and objects that hold fields."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif hasattr(value, "__dict__"):
        yield from tensors_in(vars(value))


@contextmanager
def _named(network: nn.Module, tracer: Tracer) -> Iterator[None]:
    """Keep the name of the module that runs, and the order in which modules first run."""

    def entering(name: str) -> Callable[..., None]:
        def enter(_module: nn.Module, _inputs: Any) -> None:
            tracer.modules.append(name)
            if name not in tracer.trace.running:
                tracer.trace.running.append(name)

        return enter

    def leave(_module: nn.Module, _inputs: Any, _output: Any) -> None:
        tracer.modules.pop()

    hooks: list[Any] = []
    for name, module in network.named_modules():
        hooks.append(module.register_forward_pre_hook(entering(name)))
        hooks.append(module.register_forward_hook(leave))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
