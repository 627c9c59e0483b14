"""Under which corruption do answers change first? Shares of the images that are classified correctly at first."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.images.recorded import FLIP_SEVERITY
from benchmarks.summary.figures import FIGURE, rate, tidy

__all__ = ["FLIPS", "flip_table"]

FLIPS = ["model", "condition_name", "metric", *FIGURE]
"""Columns of the table: ``flips_first``, ``flips_mildest`` and ``flips_ever`` of every corruption."""


def flip_table(images: pd.DataFrame) -> pd.DataFrame:
    """Count the corruptions that change answers first.

    Args:
        images: of :func:`benchmarks.images.join_images`.

    Returns:
        Columns :data:`FLIPS`, corruptions that come first most often first; none where there is no clean answer.
    """
    return tidy((row for _, own in images.groupby("model", sort=False) for row in _rows(own)), FLIPS)


def _rows(images: pd.DataFrame) -> Iterator[dict[str, Any]]:
    columns = [name for name in images.columns if name.startswith(FLIP_SEVERITY)]
    right = images[images["correct"].eq(True)]
    severities = right[columns].to_numpy(np.float64)
    if not severities.size:
        return
    lowest = np.nanmin(np.where(np.isnan(severities), np.inf, severities), axis=1)
    mildest = np.min(severities[np.isfinite(severities)], initial=np.inf)
    found = []
    for name, own in zip(columns, severities.T, strict=True):
        known = ~np.isnan(own)
        said = "of images correct at first, whose answer changes"
        events = {
            "flips_first": (np.isfinite(own) & (own == lowest), f"{said} under it at the lowest severity of all"),
            "flips_mildest": (own <= mildest, f"{said} under it at severity {mildest:.0f}"),
            "flips_ever": (np.isfinite(own), f"{said} under it at any severity"),
        }
        head = {"model": images["model"].iloc[0], "condition_name": name.removeprefix(FLIP_SEVERITY)}
        count = int(known.sum())
        figures = {metric: rate(int(hit[known].sum()), count, words) for metric, (hit, words) in events.items()}
        found.append((figures["flips_first"].value, [head | {"metric": m} | f._asdict() for m, f in figures.items()]))
    for _, rows in sorted(found, key=lambda one: -np.nan_to_num(one[0])):
        yield from rows
