"""From the bytes of a file to upright RGB pixels, or to the reason why there are none.

Loaders usually replace a bad image, stop, or clip its values without a word. Here every file has an outcome:
a status (``ok`` or why not) and notes on what was done to bring it to 8-bit RGB.
"""

import io
import re
import stat
import struct
import warnings
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import Image

from benchmarks.datasets.rgb import to_rgb

__all__ = ["IMAGE_SUFFIXES", "MAX_FILE_BYTES", "MAX_PIXELS", "STATUSES", "Decoded", "decode_image"]

MAX_PIXELS = 89_478_485
"""Largest image decoded, in pixels: 256 MiB of RGB, Pillow's own warning level. The header decides."""

MAX_FILE_BYTES = 2**30
"""Largest file read, in bytes."""

STATUSES = ("ok", "empty", "truncated", "unreadable", "too_large", "missing")

_SUFFIXES = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "GIF": (".gif",),
    "JPEG2000": (".jp2", ".j2k", ".jpx"),
    "AVIF": (".avif",),
}
_FORMAT_OF_SUFFIX = {suffix: name for name, suffixes in _SUFFIXES.items() for suffix in suffixes}
_FAMILY = {"MPO": "JPEG", "DIB": "BMP"}  # Pillow's names for files of the same kind

IMAGE_SUFFIXES = frozenset(_FORMAT_OF_SUFFIX)
"""Lower-case file suffixes that count as images. Only these formats are tried, whatever Pillow could open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """The outcome of reading one image.

    Attributes:
        image: upright 8-bit RGB, or None unless the status is ``ok``.
        status: one of :data:`STATUSES`.
        note: comma-joined words. For an image: ``grey``, ``palette``, ``cmyk``, ``16_bit``, ``float``, ``alpha``,
            ``exif_rotated``, ``wrong_extension``, ``animated`` (the first frame was taken). Otherwise the reason.
    """

    image: Image.Image | None
    status: str
    note: str = ""


def decode_image(source: str | Path | bytes, *, name: str = "") -> Decoded:
    """Read one image into upright RGB. Bad content never raises and never warns.

    Pillow's own warnings are switched off for the process at the first call: the status and the notes say the
    same, and a filter that is set and unset around each image is not safe between threads.

    Args:
        source: the path of a file, or the file's bytes.
        name: file name of the bytes, for its suffix; a path brings its own.

    Returns:
        The pixels with status and notes.

    Raises:
        TypeError: ``source`` is neither a path nor bytes.
        OSError: the machine failed (too many open files, a broken disk); the image is not to blame.

    Example:
        >>> decode_image(b"<!DOCTYPE html><p>404</p>", name="cat.jpg")
        Decoded(image=None, status='unreadable', note='html')
    """
    if isinstance(source, str | Path):
        content = _read_file(Path(source))
        name = name or str(source)
    elif isinstance(source, bytes):
        content = source
    else:
        raise TypeError(f"expected `source` as a path or bytes, got {type(source).__name__}")
    return content if isinstance(content, Decoded) else _decode_bytes(content, PurePath(name).suffix.lower())


def _read_file(path: Path) -> bytes | Decoded:
    try:
        about = path.stat()
        if not stat.S_ISREG(about.st_mode):  # opening a pipe would wait for ever
            return Decoded(image=None, status="unreadable", note="not_a_file")
        if about.st_size > MAX_FILE_BYTES:
            return Decoded(image=None, status="too_large", note=f"{about.st_size}_bytes")
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return Decoded(image=None, status="missing")
    except PermissionError:
        return Decoded(image=None, status="unreadable", note="permission_denied")


def _decode_bytes(content: bytes, suffix: str) -> Decoded:
    if not content:
        return Decoded(image=None, status="empty")
    _silence_pillow()
    try:
        with Image.open(io.BytesIO(content), formats=(*_SUFFIXES, "DIB")) as image:
            width, height = image.size
            if width * height > MAX_PIXELS:
                return Decoded(image=None, status="too_large", note=f"{width}x{height}")
            kind = _FAMILY.get(str(image.format), str(image.format))
            pixels, notes = to_rgb(image, kind)
            if _FORMAT_OF_SUFFIX.get(suffix, kind) != kind:
                notes.append("wrong_extension")
            if pixels is None:
                return Decoded(image=None, status="unreadable", note=",".join(notes))
            return Decoded(image=pixels, status="ok", note=",".join(notes))
    except MemoryError:
        raise
    except Image.DecompressionBombError:
        return Decoded(image=None, status="too_large", note="decompression_bomb")
    except Exception as error:  # Pillow's plugins raise nearly anything on damaged files
        return _failure(content, error)


def _silence_pillow() -> None:
    """Keep an ``ignore PIL`` filter in front; a no-op unless someone else has changed the filters since."""
    first = warnings.filters[0] if warnings.filters else None
    if first is None or first[0] != "ignore" or getattr(first[3], "pattern", first[3]) != r"PIL\.":
        warnings.filterwarnings("ignore", module=r"PIL\.")


_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"RIFF",
)
_END_MARKS = ((b"\xff\xd8\xff", b"\xff\xd9"), (b"\x89PNG\r\n\x1a\n", b"IEND"), (b"GIF8", b"\0;"))
_BOX_TYPES = (b"ftypavif", b"ftypavis", b"jP  \r\n\x87\n")
_NETPBM = re.compile(rb"P[1-6]\s")
_CUT_WORDS = ("truncated", "not enough", "unexpected end", "premature")


def _failure(content: bytes, error: Exception) -> Decoded:
    """Why Pillow could not read ``content``: cut off, damaged, or never an image."""
    words = str(error).lower()
    if _cut_off(content) or isinstance(error, EOFError | struct.error | IndexError):
        return Decoded(image=None, status="truncated")
    if not (content.startswith(_SIGNATURES) or content[4:12] in _BOX_TYPES or _NETPBM.match(content)):
        return Decoded(image=None, status="unreadable", note=_stranger(content))
    if any(word in words for word in _CUT_WORDS):
        return Decoded(image=None, status="truncated")
    return Decoded(image=None, status="unreadable", note="corrupt")


def _cut_off(content: bytes) -> bool:
    """Whether the file ends before its format's end mark, or before what its own header announces."""
    if content.startswith(b"RIFF"):
        return len(content) < 8 + int.from_bytes(content[4:8], "little")
    if content.startswith((b"II*\0", b"MM\0*")):
        return len(content) <= int.from_bytes(content[4:8], "little" if content[:1] == b"I" else "big")
    return any(content.startswith(start) and end not in content[8:] for start, end in _END_MARKS)


def _stranger(content: bytes) -> str:
    start = content[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "git_lfs_pointer" if start.startswith(b"version https://git-lfs") else "not_an_image"
