"""A few things that were used last."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """Keeps what ``make`` made of the keys asked for last, as long as their sizes fit ``most``.

    The newest is kept whatever its size; ``drop`` is given what is not kept any more.
    """

    def __init__(
        self,
        make: Callable[[Key], Value],
        most: int,
        size: Callable[[Value], int] = lambda _: 1,
        drop: Callable[[Value], object] = lambda _: None,
    ) -> None:
        self._make, self._size, self._drop = make, size, drop
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._left = most

    def __getitem__(self, key: Key) -> Value:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._make(key)
        self._left -= self._size(made)
        while self._left < 0 and self._kept:
            _, oldest = self._kept.popitem(last=False)
            self._left += self._size(oldest)
            self._drop(oldest)
        self._kept[key] = made
        return made
