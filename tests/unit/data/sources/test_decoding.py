from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from budama.data.sources.decoding import UnreadableError, decode
from tests.unit.data.trees import bomb


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def noise(mode: str = "RGB") -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


JPEG = encoded(noise(), "JPEG")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"no image at all", "it is not an image of a known format"),
        (JPEG[: len(JPEG) // 2], "image file is truncated"),
        (encoded(noise(), "PNG")[:1000], "truncated"),
        (bomb(), "could be decompression bomb"),
    ],
)
def test_what_is_no_whole_image_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason) as caught:
        decode(content)
    assert "0x" not in str(caught.value)  # an address would differ from run to run


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "content",
    [
        encoded(noise("CMYK"), "JPEG"),
        encoded(noise("L"), "JPEG"),
        encoded(noise("P"), "PNG"),
        encoded(noise("RGBA"), "PNG"),
        encoded(noise("1"), "TIFF"),
        encoded(noise(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff broken"),
    ],
)
def test_every_kind_of_image_becomes_rgb(content: bytes) -> None:
    image = decode(content)
    assert (image.mode, image.size) == ("RGB", (50, 40))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_keep_their_brightness(kind: str) -> None:
    values = np.array([[0, 0x1000, 0x8000, 0xFFFF]], np.uint16)
    image = decode(encoded(Image.fromarray(values), kind))
    assert np.asarray(image)[0, :, 0].tolist() == [0, 0x10, 0x80, 0xFF]
