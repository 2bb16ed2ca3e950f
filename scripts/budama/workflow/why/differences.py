"""What has changed between the settings that a result was made with and those of now."""

from collections.abc import Iterator
from typing import Any

_LONGEST = 60  # characters of a value


def differences(before: Any, now: Any, at: str = "") -> Iterator[str]:
    """Yield each difference between two JSON values in words, with the path of its key.

    Lists are compared as a whole: what has come, and what has gone.

    >>> list(differences({"recipe": {"epochs": 1}}, {"recipe": {"epochs": 2}}))
    ['recipe.epochs changed from 1 to 2']
    """
    if isinstance(before, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*before, *now]):
            path = f"{at}.{key}" if at else key
            if key not in before:
                yield f"{path} is new: {_short(now[key])}"
            elif key not in now:
                yield f"{path} is gone"
            else:
                yield from differences(before[key], now[key], path)
    elif isinstance(before, list) and isinstance(now, list) and _is_long(before, now):
        come = sum(value not in before for value in now)
        gone = sum(value not in now for value in before)
        yield f"{at}: {come} new, {gone} gone" if come or gone else f"{at} in another order"
    elif before != now:
        yield f"{at} changed from {_short(before)} to {_short(now)}"


def _is_long(before: list[Any], now: list[Any]) -> bool:
    return before != now and max(len(str(before)), len(str(now))) > _LONGEST


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
