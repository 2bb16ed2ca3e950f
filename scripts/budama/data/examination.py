"""One image as the audit sees it.

By itself, and without pandas: a process for each core imports it, and memory is counted in each.
"""

import hashlib
from typing import NamedTuple

from budama.data.sources import Original
from budama.data.sources.decoding import UnreadableError

DIED = "decoding it ends the process that tries"


class Finding(NamedTuple):
    """What is known of one image; ``problem`` is why it cannot be read, if it cannot."""

    width: int | None
    height: int | None
    sha256: str | None
    problem: str | None


def examine(source: Original, image: tuple[str, str]) -> Finding:
    """Hash and decode one image, given by its part and key."""
    digest = None
    try:
        content = source.content(*image)
        digest = hashlib.sha256(content).hexdigest()
        width, height = source.decode(content).size
    except UnreadableError as error:
        return Finding(None, None, digest, str(error))
    return Finding(width, height, digest, None)


def died(_image: tuple[str, str]) -> Finding:
    """Return what is known of an image at which a process died."""
    return Finding(None, None, None, DIED)
