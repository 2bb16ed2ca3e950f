"""From the bytes of an image file to RGB, whatever the file holds."""

from io import BytesIO

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError


class UnreadableError(Exception):
    """An image that cannot be decoded; the message is the reason alone."""


def decode(content: bytes, upright: bool = True) -> Image.Image:
    """Return the whole image as 8-bit RGB; ``upright`` turns it as its EXIF orientation says.

    Raises ``UnreadableError`` if the bytes are damaged, no image, or suspiciously large
    (Pillow's limit for decompression bombs).
    """
    if not content:
        raise UnreadableError("the file is empty")
    try:
        with Image.open(BytesIO(content)) as image:
            return _as_rgb(ImageOps.exif_transpose(image) if upright else image)
    except UnidentifiedImageError as error:
        raise UnreadableError("it is not an image of a known format") from error
    except MemoryError:  # the machine's fault, not the image's
        raise
    except Exception as error:  # every decoder has its own way to fail
        raise UnreadableError(" ".join(str(error).split()) or type(error).__name__) from error


def _as_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "I" or image.mode.startswith("I;16"):
        # Pillow would clip 16 bits to 8: nearly everything would be white
        high = np.asarray(image).astype(np.int64).clip(0, 0xFFFF) >> 8
        image = Image.fromarray(high.astype(np.uint8))
    return image.convert("RGB")
