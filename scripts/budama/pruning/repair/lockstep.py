"""Forward passes that halt at layers, so that a layer can be changed before it runs.

Each pass is a thread of its own, of which only one runs at any time. A layer's weights are fitted
to what many batches hand it, and then all batches go on through the changed layer: the network is
gone through once, however many layers are fitted one after the other.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

_here = threading.local()


class Walk:
    """One batch on its way through a network, without gradients.

    ``at`` is the name of the layer that it halts at: ``None`` before the first and behind the last.
    ``inputs`` is what the layer reads, and ``outputs`` what it has given, if the halt is behind it.
    """

    def __init__(self, network: nn.Module, images: torch.Tensor) -> None:
        self.at: str | None = None
        self.inputs = self.outputs = torch.empty(0)
        self._network, self._images = network, images
        self._seen: set[str] = set()
        self._resume, self._halted = threading.Semaphore(0), threading.Semaphore(0)
        self._error: BaseException | None = None
        self._given_up = False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def advance(self) -> str | None:
        """Go on to the next layer; return its name, or ``None`` at the network's end."""
        self.inputs = self.outputs = torch.empty(0)
        self._go_on()
        if self._error is not None:
            raise self._error
        return self.at

    def give_up(self) -> None:
        """End the pass where it is."""
        if self._thread.is_alive():
            self._given_up = True
            self._go_on()
            self._thread.join()
        self.inputs = self.outputs = torch.empty(0)

    def halt(self, name: str, inputs: torch.Tensor, outputs: torch.Tensor | None = None) -> None:
        """Halt at a layer the first time that it runs; called in the pass's own thread."""
        if name in self._seen:
            return
        self._seen.add(name)
        self.at, self.inputs = name, inputs
        if outputs is not None:
            self.outputs = outputs
        self._halted.release()
        self._resume.acquire()
        if self._given_up:
            raise _GivenUp

    def _go_on(self) -> None:
        if self._thread.ident is None:
            self._thread.start()
        self._resume.release()
        self._halted.acquire()

    def _run(self) -> None:
        self._resume.acquire()
        _here.walk = self
        try:
            if self._images.device.type == "cuda":
                torch.cuda.set_device(self._images.device)
            with torch.no_grad():
                self._network(self._images)
        except _GivenUp:
            pass
        except BaseException as error:  # raised again where the pass is waited for
            self._error = error
        finally:
            self.at = None
            self._halted.release()


class _GivenUp(BaseException):
    """Ends a pass; no ``Exception``, which a network's own code might catch."""


@contextmanager
def halts(
    network: nn.Module, before: Iterable[str] = (), behind: Iterable[str] = ()
) -> Iterator[None]:
    """Let every ``Walk`` through ``network`` halt before or behind layers, as they run."""
    layer = network.get_submodule
    hooks = [layer(name).register_forward_pre_hook(_halt_at(name)) for name in before]
    hooks += [layer(name).register_forward_hook(_halt_at(name)) for name in behind]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _halt_at(name: str) -> Callable[..., None]:
    def hook(
        _layer: nn.Module, inputs: tuple[Any, ...], outputs: torch.Tensor | None = None
    ) -> None:
        walk = getattr(_here, "walk", None)
        if walk is not None:
            walk.halt(name, inputs[0], outputs)

    return hook
