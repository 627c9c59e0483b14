"""The moving pictures of a run of ``stylex explain``, as a user study shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from benchmarks.stylex.explained_results import COURSES, FRAMES
from reports.tables import each_row, read_tables

__all__ = ["StudyCourse", "read_courses"]

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class StudyCourse:
    """One image under one attribute.

    Attributes:
        attribute: number of the attribute.
        image: number of the image.
        frames: (H, W, 3) uint8 each, from end to end.
    """

    attribute: int
    image: int
    frames: tuple[Pixels, ...]


def read_courses(run: Path) -> list[StudyCourse]:
    """Read the courses of all attributes that passed their check.

    Args:
        run: folder of ``stylex explain``.

    Raises:
        FileNotFoundError: the folder holds no explained StylEx.
        ValueError: fewer than two attributes passed, or a frame is missing or damaged.
    """
    table = read_tables(run).get(COURSES)
    if table is None:
        raise FileNotFoundError(
            f"expected {COURSES}.csv in {run / 'tables'}, got none; run `stylex explain` into that folder first"
        )
    passed = table[table["significant"].astype(str) == "True"]
    if passed["attribute"].nunique() < 2:
        raise ValueError(
            f"expected two or more attributes that pass their check in {run}, got {passed['attribute'].nunique()}; "
            "there is nothing to tell apart"
        )
    return list(_read(run / FRAMES, passed))


def _read(folder: Path, rows: Any) -> Iterator[StudyCourse]:
    for row in each_row(rows):
        own = folder / f"attribute-{int(row.attribute):02d}"
        paths = [own / f"image-{int(row.image):04d}-{number:02d}.png" for number in range(int(row.frames))]
        frames = tuple(_pixels(path) for path in paths)
        yield StudyCourse(attribute=int(row.attribute), image=int(row.image), frames=frames)


def _pixels(path: Path) -> Pixels:
    try:
        with Image.open(path) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, SyntaxError) as error:
        raise ValueError(f"expected a frame in {path}, got {error}; run `stylex explain` again") from error
