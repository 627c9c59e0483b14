import io

import numpy as np
import pytest
from PIL import Image

from benchmarks.datasets.rgb import to_rgb
from tests.benchmarks.datasets.pictures import encoded, picture, png


def convert(content: bytes, kind: str) -> tuple[Image.Image | None, list[str]]:
    with Image.open(io.BytesIO(content)) as image:
        return to_rgb(image, kind)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "PPM", "TIFF"])
def test_plain_rgb_is_untouched(kind: str) -> None:
    pixels, notes = convert(encoded(picture(), kind), kind)
    np.testing.assert_array_equal(np.asarray(pixels), np.asarray(picture()))
    assert notes == []


@pytest.mark.parametrize(
    ("mode", "kind", "notes"),
    [
        ("1", "PNG", ["grey"]),
        ("L", "PNG", ["grey"]),
        ("L", "JPEG", ["grey"]),
        ("LA", "PNG", ["grey", "alpha"]),
        ("P", "PNG", ["palette"]),
        ("P", "GIF", ["palette"]),
        ("RGBA", "PNG", ["alpha"]),
        ("CMYK", "JPEG", ["cmyk"]),
        ("CMYK", "TIFF", ["cmyk"]),
    ],
)
def test_modes_become_rgb_with_a_note(mode: str, kind: str, notes: list[str]) -> None:
    content = encoded(picture().convert(mode), kind)
    pixels, got = convert(content, kind)
    assert got == notes
    assert pixels is not None
    with Image.open(io.BytesIO(content)) as image:
        np.testing.assert_array_equal(np.asarray(pixels), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("transparency", [3, b"\0\1\2"], ids=["colour", "table"])
def test_palette_with_transparency_is_read_without_a_warning(transparency: int | bytes) -> None:
    image = picture().convert("P")
    pixels, notes = convert(encoded(image, "PNG", transparency=transparency), "PNG")
    assert notes == ["palette", "alpha"]
    np.testing.assert_array_equal(np.asarray(pixels), np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "PPM"])
def test_sixteen_bit_grey_is_scaled_and_not_clipped(kind: str) -> None:
    values = np.linspace(0, 65535, 600).astype(np.uint16).reshape(20, 30)
    pixels, notes = convert(encoded(Image.fromarray(values), kind), kind)
    assert notes == ["grey", "16_bit"]
    expected = np.rint(values / 257).astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(pixels), np.repeat(expected[..., None], 3, axis=2))
    assert expected.min() == 0
    assert expected.max() == 255


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (6, 4)], ids=["rgb", "rgba"])
def test_sixteen_bit_colour_keeps_its_high_byte(colour: int, channels: int) -> None:
    values = np.random.default_rng(0).integers(0, 65536, (5, 4, channels)).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    pixels, notes = convert(png(4, 5, depth=16, colour=colour, samples=rows), "PNG")
    assert "16_bit" in notes
    np.testing.assert_array_equal(np.asarray(pixels), (values >> 8)[..., :3])


def test_float_images_need_a_known_white() -> None:
    values = np.linspace(0, 1, 600, dtype=np.float32).reshape(20, 30)
    pixels, notes = convert(encoded(Image.fromarray(values), "TIFF"), "TIFF")
    assert notes == ["grey", "float"]
    np.testing.assert_array_equal(np.asarray(pixels)[..., 0], np.rint(values * np.float64(255)))
    for bad in (values * 255, values - 1, values * np.float32("nan")):
        assert convert(encoded(Image.fromarray(bad), "TIFF"), "TIFF") == (None, ["float_range"])


def test_wide_integers_have_no_known_white() -> None:
    content = encoded(Image.fromarray(np.arange(600, dtype=np.int32).reshape(20, 30)), "TIFF")
    assert convert(content, "TIFF") == (None, ["32_bit"])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_turns_upright(kind: str, orientation: int) -> None:
    """Reference: where EXIF says that the first row and column of the file lie, corner by corner."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(picture(), kind, exif=exif, **options)
    pixels, notes = convert(content, kind)
    assert notes == (["exif_rotated"] if orientation > 1 else [])
    stored = np.asarray(convert(encoded(picture(), kind, **options), kind)[0])
    if orientation > 4:  # rows of the file are columns of the picture
        stored = stored.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):  # the file's origin lies on the right
        stored = stored[:, ::-1]
    if orientation in (3, 4, 7, 8):  # the file's origin lies at the bottom
        stored = stored[::-1]
    np.testing.assert_array_equal(np.asarray(pixels), stored)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_an_animation(kind: str) -> None:
    first, second = picture(0).convert("P"), picture(1).convert("P")
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(first, kind, save_all=True, append_images=[second], **options)
    pixels, notes = convert(content, kind)
    assert notes[-1] == "animated"
    np.testing.assert_array_equal(np.asarray(pixels), np.asarray(first.convert("RGB")))


def test_metadata_does_not_travel() -> None:
    pixels, _ = convert(encoded(picture(), "JPEG", dpi=(300, 300), comment=b"hello"), "JPEG")
    assert pixels is not None
    assert pixels.info == {}
