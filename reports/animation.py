"""Frames as files: a PNG each, and all of them moving there and back as WebP and GIF, for slides and talks."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from reports.heatmaps import enlarge
from reports.records import write_atomically

__all__ = ["SUFFIXES", "animated", "write_frames"]

SUFFIXES = ("webp", "gif")
"""Of animations: lossless, and for whatever reads nothing else."""

_FRAME_MS = 160
_REST_FRAMES = 4  # for so long both ends stay

Pixels = npt.NDArray[np.uint8]


def animated(frames: Sequence[Pixels], suffix: str) -> bytes:
    """Encode frames (H, W, 3) as an animation that runs there and back for ever, enlarged if they are small.

    Args:
        frames: two or more, of one size.
        suffix: one of :data:`SUFFIXES`.

    Raises:
        ValueError: fewer than two frames, or another suffix.
    """
    if len(frames) < 2 or suffix not in SUFFIXES:
        raise ValueError(
            f"expected two or more frames and a suffix in {', '.join(SUFFIXES)}, got {len(frames)} and {suffix!r}"
        )
    pictures = [Image.fromarray(enlarge(frame)) for frame in frames]
    course = [*pictures, *pictures[-2:0:-1]]
    rests = {0, len(frames) - 1}
    durations = [_FRAME_MS * (_REST_FRAMES if place in rests else 1) for place in range(len(course))]
    if suffix == "gif":  # of 256 colours, the same for all frames, or they flicker
        palette = _joined(pictures).quantize(256)
        course = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in course]
    settings = {"lossless": True} if suffix == "webp" else {"optimize": False, "disposal": 1}
    sink = io.BytesIO()
    course[0].save(sink, format=suffix, save_all=True, append_images=course[1:], duration=durations, loop=0, **settings)
    return sink.getvalue()


def write_frames(folder: Path, name: str, frames: Sequence[Pixels]) -> None:
    """Write ``name-00.png`` and so on, as they are, and ``name.webp`` and ``name.gif``.

    Args:
        folder: made if it is not there.
        name: of the files, without suffix.
        frames: (H, W, 3) uint8, two or more.
    """
    for number, frame in enumerate(frames):
        sink = io.BytesIO()
        Image.fromarray(frame).save(sink, format="PNG", optimize=True)
        write_atomically(folder / f"{name}-{number:02d}.png", sink.getvalue())
    for suffix in SUFFIXES:
        write_atomically(folder / f"{name}.{suffix}", animated(frames, suffix))


def _joined(pictures: Sequence[Image.Image]) -> Image.Image:
    """All pictures beside each other."""
    return Image.fromarray(np.concatenate([np.asarray(picture) for picture in pictures], axis=1))
