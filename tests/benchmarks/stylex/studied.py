"""A run of three attributes with two or three images each, as ``stylex explain`` leaves it."""

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.stylex.user_study_courses import StudyCourse
from reports.animation import write_frames
from reports.tables import write_tables

IMAGES = {1: (3, 4, 5), 2: (3, 6, 7), 3: (8, 9)}


def frames(attribute: int, image: int) -> tuple[np.ndarray, ...]:
    """Three frames, each of one grey: attribute x 10 + image, and 100 more a step."""
    return tuple(np.full((8, 8, 3), 100 * step + 10 * attribute + image, np.uint8) for step in range(3))


def courses() -> list[StudyCourse]:
    return [
        StudyCourse(attribute=attribute, image=image, frames=frames(attribute, image))
        for attribute, images in IMAGES.items()
        for image in images
    ]


def write_run(run: Path, *, significant: tuple[int, ...] = (1, 2, 3)) -> None:
    """Frames and the table that lists them; a fourth attribute failed its check."""
    rows = []
    for one in courses():
        write_frames(run / "stylex" / f"attribute-{one.attribute:02d}", f"image-{one.image:04d}", one.frames)
        rows.append({"attribute": one.attribute, "significant": one.attribute in significant, "image": one.image})
    rows.append({"attribute": 4, "significant": False, "image": 1})
    table = pd.DataFrame(rows).assign(model="net", class_name="8", frames=3, gain=1.5)
    write_tables(run, {"stylex_courses": table})
