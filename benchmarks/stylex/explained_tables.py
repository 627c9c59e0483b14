"""What was found of a StylEx, as tidy tables: every figure with its interval, n and convention."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from benchmarks.stylex.explaining import METHODS, Explained
from benchmarks.stylex.frames import Course
from benchmarks.summary.figures import FIGURE, tidy
from xai.iin.estimates import Estimate
from xai.stylex import Move, StyleLayer

__all__ = ["attributes_table", "coordinates_table", "courses_table", "moved", "sufficiency_table"]

ATTRIBUTES = ["model", "class_name", "attribute", "coordinates", "significant", "p", "metric", *FIGURE]
SUFFICIENCY = ["model", "class_name", "method", "way", "k", "metric", *FIGURE]
COORDINATES = ["model", "class_name", "way", "rank", "coordinate", "effect", "images", "recall", "fallback", "calls"]
COURSES = ["model", "class_name", "attribute", "significant", "image", "frames", "gain"]

_ENDS = ("↓", "↑")


def moved(shift: Move, layers: Sequence[StyleLayer]) -> str:
    """The coordinates of a shift in words: layer, channel and direction of each.

    Example:
        >>> layers = [StyleLayer(name="4/conv0", first=0, size=8, to_rgb=False)]
        >>> from xai.stylex import Shift
        >>> moved(Shift(coordinates=(3, 5), directions=(1, 0)), layers)
        '4/conv0:3↑ 4/conv0:5↓'
    """
    words = []
    for column, direction in zip(shift.coordinates, shift.directions, strict=True):
        layer = next(one for one in layers if one.first <= column < one.first + one.size)
        words.append(f"{layer.name}:{column - layer.first}{_ENDS[direction]}")
    return " ".join(words)


def attributes_table(explained: Explained, *, model: str, class_name: str) -> pd.DataFrame:
    """What each attribute does: rows by attribute and metric.

    Args:
        explained: what was found.
        model: its classifier's name.
        class_name: of the class that is explained.
    """
    head = {"model": model, "class_name": class_name}
    return tidy((head | row for row in _attributes(explained)), ATTRIBUTES)


def _attributes(explained: Explained) -> Iterator[dict[str, Any]]:
    layers = explained.system.layers
    for number, (group, finding, alone) in enumerate(
        zip(explained.groups, explained.verdicts.findings, explained.alone, strict=True), start=1
    ):
        own = {
            "attribute": number,
            "coordinates": moved(group.slide, layers),
            "significant": finding.significant,
            "p": finding.p,
        }
        yield own | {"metric": "swing"} | asdict(finding.swing)
        for metric, curve in (("turned_towards", alone.towards), ("turned_away", alone.away)):
            if curve is not None:
                yield own | {"metric": metric} | asdict(curve[1])


def sufficiency_table(explained: Explained, *, model: str, class_name: str) -> pd.DataFrame:
    """Decisions that change under the first k attributes of every method: rows by method, way and k."""
    head = {"model": model, "class_name": class_name, "metric": "decisions_turned"}
    return tidy((head | row for row in _sufficiency(explained)), SUFFICIENCY)


def _sufficiency(explained: Explained) -> Iterator[dict[str, Any]]:
    for method in METHODS:
        for way in ("towards", "away"):
            points: tuple[Estimate, ...] = explained.curves[method, way].towards or ()
            for k, point in enumerate(points):
                yield {"method": method, "way": way, "k": k} | asdict(point)


def coordinates_table(explained: Explained, *, model: str, class_name: str) -> pd.DataFrame:
    """AttFind's single coordinates in order, and how the search went: rows by way and rank."""
    rows = []
    for way, search in (("towards", explained.towards), ("away", explained.away)):
        effects = search.effects
        for rank, one in enumerate(search.attributes, start=1):
            rows.append(
                {
                    "model": model,
                    "class_name": class_name,
                    "way": way,
                    "rank": rank,
                    "coordinate": moved(one.shift, explained.system.layers),
                    "effect": one.effect,
                    "images": one.images,
                    "recall": effects.recall,
                    "fallback": effects.fallback,
                    "calls": effects.calls,
                }
            )
    return tidy(rows, COORDINATES)


def courses_table(
    explained: Explained, courses: Sequence[Sequence[Course]], *, model: str, class_name: str
) -> pd.DataFrame:
    """Which images are drawn under which attributes: rows by attribute and image, in the order of the page."""
    rows = [
        {
            "model": model,
            "class_name": class_name,
            "attribute": one.attribute,
            "significant": explained.verdicts.findings[one.attribute - 1].significant,
            "image": one.row,
            "frames": len(one.frames),
            "gain": one.gain,
        }
        for own in courses
        for one in own
    ]
    return tidy(rows, COURSES)
