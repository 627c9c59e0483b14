"""Attributes as galleries of the page, and as frames for other uses."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from benchmarks.stylex.explaining import Explained
from benchmarks.stylex.frames import Course, Turned
from reports.animation import write_frames
from reports.gallery import Gallery, Picture, Strip
from reports.heatmaps import draw_map
from xai.iin.estimates import Estimate

__all__ = ["courses_gallery", "turned_gallery", "write_courses"]

Pixels = npt.NDArray[np.uint8]

_NEARLY_ONE = 0.9999
_DIFFERENCE = "red got brighter, blue darker"


def courses_gallery(explained: Explained, courses: Sequence[Sequence[Course]], *, names: Sequence[str]) -> Gallery:
    """A strip for each attribute and image: the image, frames from end to end, and what differs between the ends.

    Args:
        explained: what was found.
        courses: of :func:`benchmarks.stylex.frames.attribute_courses`.
        names: of the classes.
    """
    strips = [_course_strip(explained, course, names) for own in courses for course in own]
    name = names[explained.setting.label]
    return Gallery(
        name="stylex_attributes",
        title=f"Attributes of {name}, from end to end",
        explanation=(
            "Held-out images that each attribute moves farthest: two that are decided otherwise, one that is decided "
            f"as {name}. After the image itself, the generator draws it with the attribute on its way to the end that "
            f"speaks for {name}, and nothing else changed. The last picture shows what differs between both ends: "
            f"{_DIFFERENCE}."
        ),
        strips=tuple(strips),
    )


def turned_gallery(explained: Explained, turned: Sequence[Turned], *, names: Sequence[str]) -> Gallery:
    """A strip for each image: as it is, as it is drawn, and after one attribute on top of the other.

    Args:
        explained: what was found.
        turned: of :func:`benchmarks.stylex.frames.turned_images`.
        names: of the classes.
    """
    return Gallery(
        name="stylex_images",
        title="Change these and it flips",
        explanation=(
            "Held-out images, errors first. At every step the attribute that does most on top of those before it goes "
            f"to its end, until the decision turns. The last picture shows what was changed in all: {_DIFFERENCE}."
        ),
        strips=tuple(_turned_strip(explained, one, names) for one in turned),
    )


def write_courses(folder: Path, courses: Sequence[Sequence[Course]]) -> None:
    """Write all frames of all attributes: ``attribute-01/image-0012-00.png`` and so on, and their animations."""
    for own in courses:
        for course in own:
            frames = [_pixels(frame) for frame in course.frames]
            write_frames(folder / f"attribute-{course.attribute:02d}", f"image-{course.row:04d}", frames)


def _course_strip(explained: Explained, course: Course, names: Sequence[str]) -> Strip:
    finding = explained.verdicts.findings[course.attribute - 1]
    label, last = explained.setting.label, len(course.frames) - 1
    frames = [
        Picture(
            image=_pixels(frame), title=f"{place / last:.0%}", facts=(_probability(names[label], float(probability)),)
        )
        for place, (frame, probability) in enumerate(zip(course.frames, course.probabilities, strict=True))
    ]
    beyond = "" if finding.significant else ", which can be chance"
    title = f"Attribute {course.attribute}: swing {_figure(finding.swing)} log-odds{beyond}; here {course.gain:+.1f}"
    pictures = (_image(explained, course.row, names), *frames, _difference(frames[0].image, course.difference))
    return Strip(title=title, pictures=pictures, course=(1, len(frames)))


def _turned_strip(explained: Explained, turned: Turned, names: Sequence[str]) -> Strip:
    label, told = explained.setting.label, turned.told
    titles = ["as drawn", *(f"+ attribute {number}" for number in turned.attributes)]
    frames = [
        Picture(image=_pixels(frame), title=title, facts=(_probability(names[label], float(probability)),))
        for frame, title, probability in zip(turned.frames, titles, turned.probabilities, strict=True)
    ]
    others = [name for place, name in enumerate(names) if place != label]
    other = others[0] if len(others) == 1 else f"not {names[label]}"
    before, after = (other, names[label]) if turned.towards else (names[label], other)
    count = len(told.changes)
    done = f"{count} attribute{'s' if count != 1 else ''}"
    title = f"{before} → {after} after {done}" if told.flips is not None else f"{before} stays with {done}"
    difference = [_difference(frames[0].image, turned.difference)] if count else []
    return Strip(title=title, pictures=(_image(explained, turned.row, names), *frames, *difference))


def _image(explained: Explained, row: int, names: Sequence[str]) -> Picture:
    pixels: Any = explained.images[row].permute(1, 2, 0).numpy()
    return Picture(image=pixels, title="image", facts=(("label", names[int(explained.labels[row])]),))


def _difference(image: Pixels, values: Tensor) -> Picture:
    largest = float(values.abs().max())
    drawn = draw_map(image, values.double().numpy(), full=max(largest, 1e-6))
    return Picture(image=drawn, title="difference", facts=(("opaque at", f"±{largest:.2g}"),))


def _probability(name: str, value: float) -> tuple[str, str]:
    return (
        f"P({name})",
        f"{value:.2f}" if 0.005 <= value <= 0.995 else f"{value:.1e}" if value < 0.5 else f"{value:.4f}",
    )


def _figure(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} [{estimate.low:.2f}, {estimate.high:.2f}]"


def _pixels(image: Tensor) -> Pixels:
    """(3, H, W) in [0, 1] to (H, W, 3) bytes."""
    pixels: Pixels = (image.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).contiguous().numpy()
    return pixels
