"""From the bytes of an image file to 8-bit RGB, whatever the file holds."""

from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image, UnidentifiedImageError

# What Pillow decodes itself, pixel by pixel. Left out are drawings, which need another program
# (EPS, WMF), and containers of other things (FITS, HDF5, MPEG).
# They are tried in this order; TGA has no mark that tells it, and is last.
FORMATS = (
    *("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "CUR", "DCX", "DDS"),
    *("DIB", "ICNS", "ICO", "MSP", "PCX", "PSD", "QOI", "SGI", "SUN", "XBM", "XPM", "TGA"),
)
_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_BITS, _MEANING = 258, 262  # tags of TIFF: bits per sample, photometric interpretation
_WHITE_IS_ZERO = 0  # Pillow heeds it up to 8 bits
_TWELVE_BITS, _SIXTEEN_BITS = 0xFFF, 0xFFFF
_BRIGHT = 16  # of 255: below, an image is as good as black


class UnreadableError(Exception):
    """An image that cannot be decoded; the message is the reason alone."""


def decode(content: bytes, upright: bool = True) -> Image.Image:
    """Return the whole image as 8-bit RGB; ``upright`` turns it as its EXIF orientation says.

    Of several frames or pages it is the first. What is transparent is laid over white. 16 bits per
    channel lose the lower eight; integers of 32 bits are taken for 8 or 16 bits by their largest
    value, floats for shares of one or of 255. Raises ``UnreadableError`` if they are none of these,
    or only use the lower 12 of 16 bits (which would be as good as black), and if the bytes are
    damaged, no image, or suspiciously large (Pillow's limit for decompression bombs).
    """
    if not content:
        raise UnreadableError("the file is empty")
    try:
        with Image.open(BytesIO(content), formats=_formats()) as image:
            # asked before the image is loaded, which forgets the tiles
            deep = any(";16" in str(tile.args) for tile in image.tile)
            image.load()
            rgb = _as_rgb(image, deep)
            return rgb.transpose(_TURNED[turn]) if (turn := _turn(image, upright)) else rgb
    except UnidentifiedImageError as error:
        raise UnreadableError("it is not an image of a known format") from error
    except (MemoryError, UnreadableError):  # the former is the machine's fault, not the image's
        raise
    except Exception as error:  # every decoder has its own way to fail
        raise UnreadableError(" ".join(str(error).split()) or type(error).__name__) from error


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    return tuple(name for name in FORMATS if name in Image.OPEN)  # AVIF is not in every Pillow


def _turn(image: Image.Image, upright: bool) -> int | None:
    """Return the orientation, if the image is to be turned; broken EXIF data tell of none."""
    if not upright:
        return None
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # whatever a camera, or what came after it, has written there
        return None
    return orientation if orientation in tuple(_TURNED) else None


def _as_rgb(image: Image.Image, deep: bool) -> Image.Image:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return Image.fromarray(_eight_bits(image, deep)).convert("RGB")
    rgb = _over_white(image) if image.has_transparency_data else image.convert("RGB")
    if deep:
        _check_bright(np.asarray(rgb))
    return rgb


def _over_white(image: Image.Image) -> Image.Image:
    above = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", image.size, "white"), above).convert("RGB")


def _eight_bits(image: Image.Image, deep: bool) -> npt.NDArray[np.uint8]:
    """Return grey values of more than 8 bits as bytes, ``[height, width]``; Pillow would clip."""
    values = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    top = _TWELVE_BITS if tags.get(_BITS) == (12,) else _top(values, image.mode, deep)
    if tags.get(_MEANING) == _WHITE_IS_ZERO:
        values = top - values
    floats = image.mode == "F"
    small = np.round(values * (255 / top)) if floats else values.astype(int) * 256 // (top + 1)
    if top > 1:
        _check_bright(small)
    return small.astype(np.uint8)


def _top(values: npt.NDArray[Any], mode: str, deep: bool) -> int:
    """Return the value that is white; raises ``UnreadableError`` if the values do not tell."""
    low, high = values.min(), values.max()
    tops = (1, 255) if mode == "F" else (_SIXTEEN_BITS,) if deep else (255, _SIXTEEN_BITS)
    for top in tops:
        if low >= 0 and high <= top:  # never so of what is no number
            return top
    raise UnreadableError(
        f"its values ({'float' if mode == 'F' else 'integer'}) go from {low:g} to {high:g}, and "
        f"not from 0 to {' or to '.join(map(str, tops))}: what is black and white there, nobody "
        "says. Save it with 8 bits per channel"
    )


def _check_bright(small: npt.NDArray[Any]) -> None:
    if small.max() < _BRIGHT:
        raise UnreadableError(
            "it would be as good as black with 8 bits, so little of its range of values is used "
            "(12 bits or fewer of 16?). Save it with 8 bits per channel"
        )
