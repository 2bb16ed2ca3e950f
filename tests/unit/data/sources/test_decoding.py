import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

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


RAMP = np.linspace(0, 1, 12).reshape(3, 4)
BYTES = np.round(255 * RAMP)


def grey(image: Image.Image, kind: str = "TIFF", **options: object) -> np.ndarray:
    return np.asarray(decode(encoded(image, kind, **options)))[..., 0]


@pytest.mark.parametrize("top", [1, 255])
def test_floats_are_shares_of_one_or_of_255(top: int) -> None:
    assert np.array_equal(grey(Image.fromarray((top * RAMP).astype(np.float32))), BYTES)


@pytest.mark.parametrize("top", [255, 65535])
def test_integers_of_32_bits_have_8_or_16_by_their_largest_value(top: int) -> None:
    values = np.floor(top * RAMP).astype(np.int32)
    assert np.array_equal(grey(Image.fromarray(values)), values >> (8 if top > 255 else 0))


def test_a_grey_map_of_16_bits_is_no_brighter_for_being_dark() -> None:
    """Pillow gives PGM as 32-bit integers, of which the file's maximum is 65535."""
    content = b"P5 2 1 65535 " + np.array([0, 0x1234], ">u2").tobytes()
    assert np.asarray(decode(content))[0, :, 0].tolist() == [0, 0x12]


def test_white_may_be_zero() -> None:
    values = (65535 * RAMP).astype(np.uint16)
    inverted = grey(Image.fromarray(65535 - values), tiffinfo={262: 0})
    assert np.array_equal(inverted, values >> 8)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (RAMP.astype(np.float32) - 0.5, r"its values \(float\) go from -0.5 to 0.5, and not from"),
        (RAMP.astype(np.float32) * 300, "to 300, and not from 0 to 1 or to 255"),
        (np.full((3, 4), np.nan, np.float32), "go from nan to nan"),
        (RAMP.astype(np.float32) * 3, "as good as black"),
        (RAMP.astype(np.float32) * 0.003, "as good as black"),
        (RAMP.astype(np.float32) * (4095 / 65535), "as good as black"),
        ((RAMP * 10**6).astype(np.int32), r"\(integer\) go from 0 to 1e\+06"),
        ((RAMP * 9).astype(np.int32) - 1, "go from -1 to 8"),
        ((RAMP * 9).astype(np.int32), "as good as black"),
        ((RAMP * 4095).astype(np.uint16), r"as good as black .* \(12 bits or fewer of 16\?\)"),
    ],
)
def test_values_without_a_known_white_are_refused_by_name(values: np.ndarray, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        decode(encoded(Image.fromarray(values), "TIFF"))


def png(rows: bytes, size: tuple[int, int], bits: int, kind: int, key: bytes = b"") -> bytes:
    """Return an image of a kind that Pillow reads and does not write.

    ``kind`` is 0 for grey and 2 for RGB; ``key`` is the colour that is transparent.
    """

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, 0))
        + (chunk(b"tRNS", key) if key else b"")
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def png16(colours: np.ndarray, key: bytes = b"") -> bytes:
    height, width, _ = colours.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in colours)
    return png(rows, (width, height), 16, 2, key)


COLOURS = np.array([[[0x1000, 0x8000, 0xFFFF], [0, 0, 0]]], np.uint16)


def pnm(kind: bytes, largest: int, *values: int) -> bytes:
    """Return a portable map of one row, with two bytes per value."""
    width = len(values) // (3 if kind == b"P6" else 1)
    return kind + b" %d 1 %d " % (width, largest) + np.array(values, ">u2").tobytes()


def test_colours_of_16_bits_keep_their_brightness() -> None:
    for content in (png16(COLOURS), pnm(b"P6", 65535, *COLOURS.ravel())):
        image = decode(content)
        assert image.getpixel((0, 0)) == (0x10, 0x80, 0xFF)
        assert image.getpixel((1, 0)) == (0, 0, 0)


def jpeg2000(values: np.ndarray) -> bytes:
    return encoded(Image.fromarray(values), "JPEG2000")


@pytest.mark.parametrize(
    "content",
    [
        png16(COLOURS >> 4),
        pnm(b"P6", 65535, *COLOURS.ravel() >> 4),
        pnm(b"P5", 1023, 0, 3),
        jpeg2000(np.arange(201, dtype=np.uint16).reshape(3, 67)),
        encoded(Image.new("RGB", (2, 1), (15, 3, 0)), "SGI", bpc=2),
        png(b"\0" + struct.pack(">4H", 4095, 65535, 4095, 0), (2, 1), 16, 4),
    ],
    ids=["PNG", "PPM", "10 bits", "JPEG 2000", "SGI", "see-through"],
)
def test_what_uses_little_of_its_range_is_not_black_in_silence(content: bytes) -> None:
    with pytest.raises(UnreadableError, match="as good as black"):
        decode(content)


def test_white_is_what_the_format_says() -> None:
    assert np.asarray(decode(pnm(b"P5", 1023, 0, 512, 1023)))[0, :, 0].tolist() == [0, 128, 255]
    dim = decode(jpeg2000(np.full((8, 8), 0x2000, np.uint16)))
    assert dim.getpixel((3, 3)) == (0x20, 0x20, 0x20)
    dark = decode(
        encoded(Image.new("RGB", (8, 8), (3, 3, 3)), "JPEG2000")
    )  # 8 bits are as they are
    assert dark.getpixel((3, 3)) == (3, 3, 3)


def test_a_drawing_in_black_of_16_bits_is_no_dark_image() -> None:
    content = png(b"\0" + struct.pack(">4H", 0, 65535, 0, 0), (2, 1), 16, 4)
    assert np.asarray(decode(content))[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize(
    ("bits", "row", "key", "expected"),
    [
        (1, b"\x40", 1, [0, 255]),
        (2, b"\x1b", 1, [0, 255, 170, 255]),
        (4, b"\x03", 3, [0, 255]),
        (8, b"\0\x03", 3, [0, 255]),
        (16, b"\0\0\1\0\x80\0", 0x100, [0, 255, 128]),
    ],
)
def test_a_grey_that_stands_for_what_is_transparent_is_white(
    bits: int, row: bytes, key: int, expected: list[int]
) -> None:
    content = png(b"\0" + row, (len(expected), 1), bits, 0, struct.pack(">H", key))
    assert np.asarray(decode(content))[0, :, 0].tolist() == expected


def test_a_colour_of_16_bits_that_stands_for_what_is_transparent_is_refused() -> None:
    """Of these 16 bits, Pillow gives 8, and another colour may have the same."""
    colours = np.append(COLOURS, [[[0x100, 0x100, 0x100]]], 1)
    with pytest.raises(UnreadableError, match=r"transparent \(tRNS\), and only all 16 bits"):
        decode(png16(colours, struct.pack(">3H", 0x100, 0x100, 0x100)))
    unused = decode(png16(colours, struct.pack(">3H", 0x200, 0x100, 0x100)))
    assert unused.getpixel((1, 0)) == (0, 0, 0)
    assert unused.getpixel((2, 0)) == (1, 1, 1)


def see_through(mode: str) -> Image.Image:
    """Return a black image, the right half of which is wholly transparent."""
    image = Image.new("RGBA", (4, 2), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (2, 0, 4, 2))
    return image if mode == "RGBA" else image.convert(mode)


def with_palette() -> Image.Image:
    image = Image.new("P", (4, 2), 0)
    image.putpalette([0, 0, 0, 9, 9, 9])
    image.paste(1, (2, 0, 4, 2))
    return image


@pytest.mark.parametrize(
    "content",
    [
        encoded(see_through("RGBA"), "PNG"),
        encoded(see_through("LA"), "PNG"),
        encoded(see_through("RGBA"), "TIFF"),
        encoded(see_through("RGBA"), "WEBP", lossless=True, exact=True),
        encoded(with_palette(), "PNG", transparency=1),
        encoded(with_palette(), "GIF", transparency=1),
        encoded(with_palette(), "PNG", transparency=bytes([255, 0])),
    ],
)
def test_what_is_transparent_is_white(content: bytes) -> None:
    image = np.asarray(decode(content))
    assert (image[:, :2] == 0).all()
    assert (image[:, 2:] == 255).all()


def test_inks_become_colours() -> None:
    for inks, colour in (((0, 255, 255, 0), (255, 0, 0)), ((0, 0, 0, 255), (0, 0, 0))):
        image = decode(encoded(Image.new("CMYK", (4, 4), inks), "TIFF"))
        assert image.getpixel((1, 1)) == colour


@pytest.mark.parametrize(("kind", "options"), [("GIF", {}), ("WEBP", {"lossless": True})])
def test_of_several_frames_it_is_the_first(kind: str, options: dict[str, object]) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    more = {"save_all": True, "append_images": frames[1:], **options}
    assert decode(encoded(frames[0], kind, **more)).getpixel((0, 0)) == (255, 0, 0)


def test_a_drawing_is_not_handed_to_another_program() -> None:
    with pytest.raises(UnreadableError, match="not an image of a known format"):
        decode(encoded(noise(), "EPS"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_images_stand_upright_as_their_exif_data_says(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    content = encoded(noise(), kind, exif=exif)
    expected = ImageOps.exif_transpose(Image.open(BytesIO(content))).convert("RGB")
    assert decode(content).tobytes() == expected.tobytes()
    assert decode(content).size == ((40, 50) if orientation > 4 else (50, 40))
    assert decode(content, upright=False).size == (50, 40)


def test_an_orientation_that_does_not_exist_turns_nothing() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 9
    assert decode(encoded(noise(), "JPEG", exif=exif)).size == (50, 40)
