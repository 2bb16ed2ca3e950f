"""Labels of channels, and which of them are one channel or can only go together.

A label is an integer; 0 is the label of what must stay. Two relations hold between labels. They are
the *same* channel where one tensor carries a channel on: an addition of two tensors makes their
channels the same. They are *tied* where they can only be cut together although they are different
channels: the groups of a grouped convolution, or the channels of one head.
"""

from collections.abc import Sequence

import numpy as np
import torch

STAYS = 0


class _Classes:
    """Disjoint sets of labels; the smallest label of a set stands for it."""

    def __init__(self) -> None:
        self._parent = np.zeros(1, np.int64)

    def grow(self, size: int) -> None:
        known = len(self._parent)
        if size > known:  # twice as many, so that growing label by label costs little
            self._parent = np.concatenate([self._parent, np.arange(known, max(size, 2 * known))])

    def of(self, labels: torch.Tensor) -> torch.Tensor:
        found = self._parent[labels.numpy()]
        while True:
            above = self._parent[found]
            if np.array_equal(above, found):
                return torch.from_numpy(np.asarray(found))
            found = above

    def join(self, one: torch.Tensor, other: torch.Tensor) -> None:
        one, other = self.of(one.flatten()), self.of(other.flatten())
        differ = one != other
        if not differ.any():
            return
        one, other = one[differ], other[differ]
        low, high = torch.minimum(one, other), torch.maximum(one, other)
        # one number for each pair: that is far quicker to sort
        pairs = np.unique((low * len(self._parent) + high).numpy())
        parents, children = np.divmod(pairs, len(self._parent))
        if len(np.unique(children)) == len(children) and not np.isin(parents, children).any():
            self._parent[children] = parents
            return
        for first, second in zip(parents.tolist(), children.tolist(), strict=True):
            self._join_two(first, second)

    def _join_two(self, first: int, second: int) -> None:
        first, second = self._root(first), self._root(second)
        self._parent[max(first, second)] = min(first, second)

    def _root(self, label: int) -> int:
        while (above := int(self._parent[label])) != label:
            label = above
        return label


class Labels:
    """All labels of one trace."""

    def __init__(self) -> None:
        self._number = 1  # the first label is that of what stays
        self._same, self._tied = _Classes(), _Classes()

    def new(self, number: int) -> torch.Tensor:
        """Return ``number`` fresh labels, int64 ``[number]``."""
        first, self._number = self._number, self._number + number
        self._same.grow(self._number)
        self._tied.grow(self._number)
        return torch.arange(first, self._number)

    def where(self, labels: torch.Tensor) -> torch.Tensor:
        """Return a mask over all labels, bool ``[labels]``, that is true at ``labels``."""
        mask = torch.zeros(self._number, dtype=torch.bool)
        mask[labels.flatten()] = True
        return mask

    def channel(self, labels: torch.Tensor) -> torch.Tensor:
        """Return the label that stands for each one's channel, of the same shape."""
        return self._same.of(labels)

    def unit(self, labels: torch.Tensor) -> torch.Tensor:
        """Return the label that stands for all that goes with each one; 0 for what stays."""
        return self._tied.of(labels)

    def same(self, one: torch.Tensor, other: torch.Tensor) -> None:
        """Make the channels of two tensors of labels the same, element by element."""
        shape = np.broadcast_shapes(tuple(one.shape), tuple(other.shape))
        one, other = one.expand(shape), other.expand(shape)
        self._same.join(one, other)
        self._tied.join(one, other)

    def tie(self, one: torch.Tensor, other: torch.Tensor) -> None:
        """Let the channels of two tensors of labels go together, element by element."""
        shape = np.broadcast_shapes(tuple(one.shape), tuple(other.shape))
        one, other = one.expand(shape), other.expand(shape)
        self._tied.join(one, other)

    def keep(self, labels: torch.Tensor) -> None:
        """Let these channels stay."""
        self._tied.join(labels, torch.zeros_like(labels))

    def varying(self, labels: torch.Tensor) -> list[int]:
        """Return the axes of a tensor of labels along which what can go differs."""
        units = self.unit(compact(labels))
        return [axis for axis in range(units.ndim) if differs(units, axis)]


def compact(labels: torch.Tensor) -> torch.Tensor:
    """Return ``labels`` with one element along each axis on which they are expanded."""
    for axis, (size, stride) in enumerate(zip(labels.shape, labels.stride(), strict=True)):
        if size > 1 and stride == 0:
            labels = labels.narrow(axis, 0, 1)
    return labels


def expanded(labels: torch.Tensor, shape: Sequence[int]) -> torch.Tensor:
    """Return ``labels`` of ``shape``, holding no axis along which they are equal."""
    for axis in range(labels.ndim):
        if labels.shape[axis] > 1 and labels.stride(axis) != 0 and not differs(labels, axis):
            labels = labels.narrow(axis, 0, 1)
    return labels.expand(tuple(shape))


def differs(values: torch.Tensor, axis: int) -> bool:
    """Whether ``values`` are not all equal along ``axis``."""
    if values.shape[axis] < 2 or values.stride(axis) == 0 or values.numel() == 0:  # noqa: PLR2004
        return False
    first = values.narrow(axis, 0, 1)
    # the second alone mostly tells, and costs little
    if not torch.equal(first, values.narrow(axis, 1, 1)):
        return True
    return not bool((values == first).all())


def along(labels: torch.Tensor, axis: int) -> torch.Tensor:
    """Return the first labels along ``axis``, int64 ``[size]``: where the others do not vary."""
    for other in range(labels.ndim):
        if other != axis % labels.ndim:
            labels = labels.narrow(other, 0, 1)
    return labels.reshape(-1)
