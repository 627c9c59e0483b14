"""From an opened image of any kind to upright 8-bit RGB, with notes on what was done.

Where the outcome departs from what a plain ``Image.open(...).convert("RGB")`` gives: 16-bit grey is scaled (Pillow
clips at 255), and images are turned upright as their EXIF orientation asks. 16-bit colour keeps its high byte, which
is all that Pillow can hold. Alpha is dropped and colour profiles are not applied, as usual.
"""

import numpy as np
from PIL import Image

__all__ = ["to_rgb"]

_MODE_NOTES = {
    "1": "grey",
    "L": "grey",
    "LA": "grey,alpha",
    "La": "grey,alpha",
    "I;16": "grey",
    "I": "grey",
    "F": "grey",
    "P": "palette",
    "PA": "palette,alpha",
    "CMYK": "cmyk",
    "RGBA": "alpha",
    "RGBa": "alpha",
}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112  # EXIF 2.32, table 4


def to_rgb(image: Image.Image, kind: str) -> tuple[Image.Image | None, list[str]]:
    """Load an opened image, bring it to 8-bit RGB and turn it upright.

    Args:
        image: as ``Image.open`` gives it, not loaded yet.
        kind: the file format, ``JPEG``, ``PNG``, ``TIFF`` ...

    Returns:
        The pixels without metadata and the notes; None and the reason if white has no agreed value.

    Raises:
        Exception: whatever Pillow raises on damaged content.
    """
    raw = _raw_mode(image)
    notes = [note for note in _MODE_NOTES.get(image.mode.replace("I;16B", "I;16"), "").split(",") if note]
    orientation = _orientation(image) if kind == "TIFF" else 1  # Pillow turns TIFF while it loads
    image.load()
    if ";16" in raw or ";12" in raw or (image.mode == "I" and kind in ("PNG", "PPM")):
        notes.append("16_bit")
    if "transparency" in image.info and "alpha" not in notes:
        notes.append("alpha")
    grey = _deep_grey(image, kind, raw)
    if isinstance(grey, str):
        return None, [grey]
    if image.mode == "F":
        notes.append("float")
    pixels = _plain_rgb(grey or image)
    if kind != "TIFF":
        orientation = _orientation(image)
        pixels = pixels.transpose(_TURNS[orientation]) if orientation in _TURNS else pixels
    if orientation in _TURNS:
        notes.append("exif_rotated")
    if kind != "JPEG" and _animated(image):  # a JPEG's further frames are previews
        notes.append("animated")
    return pixels, notes


def _raw_mode(image: Image.Image) -> str:
    """How samples lie in the file, such as ``RGB;16B``; known before loading only."""
    tiles = getattr(image, "tile", [])
    args = tiles[0].args if tiles else ""
    if isinstance(args, tuple):
        if any(isinstance(arg, int) and 255 < arg <= 65535 for arg in args) and image.format == "PPM":
            return "PPM;16"
        return str(args[0]) if args else ""
    return "PPM;16" if isinstance(args, int) and args > 255 and image.format == "PPM" else str(args)


def _deep_grey(image: Image.Image, kind: str, raw: str) -> Image.Image | str | None:
    """Grey images of more than 8 bits as 8-bit grey; None for others, or the reason why the range is unknown.

    16-bit values are divided by 257, so that 65535 becomes 255. Wider integers have no agreed white.
    """
    if image.mode.startswith("I;16") or (image.mode == "I" and kind in ("PNG", "PPM")):
        white = 4095.0 if ";12" in raw else 65535.0
    elif image.mode == "F":
        white = 1.0
    else:
        return "32_bit" if image.mode == "I" else None
    values = np.asarray(image, dtype=np.float64)
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= white):
        return "float_range" if image.mode == "F" else "16_bit_range"
    return Image.fromarray(np.rint(values * (255.0 / white)).astype(np.uint8))


def _plain_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB without metadata. Transparency is taken off first: it would only be converted along."""
    image.info.pop("transparency", None)
    pixels = image.convert("RGB")
    pixels.info.clear()
    return pixels


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged EXIF is common and says nothing about the pixels
        return 1


def _animated(image: Image.Image) -> bool:
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # frames after the first may be damaged; the first is already read
        return True
