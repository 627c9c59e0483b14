"""The table of global statistics as the page shows it."""

import math
from typing import Any

import pandas as pd

from reports.tables import NO_BREAK, format_count
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell

__all__ = ["ALL", "depth_label", "statistics_view"]

ALL = "all"
"""The depth that stands for the mean over the network's."""

_COLUMNS = {
    ("flip_rate", "other_class"): Head(
        text="Flips, other class",
        meaning="Share of predictions that change with the statistics of an image of another class.",
        numeric=True,
    ),
    ("flip_rate", "same_class"): Head(
        text="Flips, same class", meaning="The same within a class: the control for mere damage.", numeric=True
    ),
    ("flip_rate", "difference"): Head(
        text="Difference", meaning="Flips of the first kind minus the second, same images.", numeric=True
    ),
    ("takeover_rate", "other_class"): Head(
        text="Takes over", meaning="Share of exchanges that hand over the partner's own answer.", numeric=True
    ),
    ("accuracy_drop", "other_class"): Head(
        text="Accuracy lost, other class", meaning="Accuracy without exchange minus accuracy with it.", numeric=True
    ),
    ("accuracy_drop", "same_class"): Head(
        text="Accuracy lost, same class",
        meaning="Below zero where partners, who carry the true class, put errors right.",
        numeric=True,
    ),
}


def depth_label(depth: str) -> str:
    """What readers call a depth.

    >>> depth_label("all"), depth_label("layer1.0.conv1")
    ('mean of depths', 'layer1.0.conv1')
    """
    return "mean of depths" if depth == ALL else depth


def statistics_view(statistics: pd.DataFrame) -> View:
    """Return one row per model and depth: how deep it lies, then flips, takeovers and accuracy."""
    several = statistics["model"].nunique() > 1
    rows = []
    for (model, depth), found in _by_depth(statistics).items():
        share = next(iter(found.values())).share
        deep = "–" if math.isnan(share) else f"{100 * share:.0f}{NO_BREAK}%"
        lead = [Cell(text=clipped(depth_label(depth))), *([Cell(text=clipped(model))] if several else [])]
        figures = (figure_cell(found.get(key)) for key in _COLUMNS)
        rows.append((*lead, Cell(text=deep, order=float(share)), *figures, _images(found)))
    heads = (
        Head(text="Depth"),
        *([Head(text="Model")] if several else []),
        Head(text="Done there", meaning="Share of the network's multiply-adds that are done there.", numeric=True),
        *_COLUMNS.values(),
        Head(text="n", meaning="Images that have such partners.", numeric=True),
    )
    more = max(0, len(rows) - ROWS_SHOWN)
    title = "Statistics exchanged, depth by depth"
    return View(
        name="global_statistics", title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True
    )


def _images(found: dict[tuple[str, str], Any]) -> Cell:
    """Return how many images the flips average over; both kinds of partner where they differ."""
    counts = [found[key].n for key in _COLUMNS if key[0] == "flip_rate" and key in found][:2]
    words = list(dict.fromkeys(format_count(count) for count in counts))
    return Cell(text=", same class ".join(words) or "0", order=float(max(counts, default=0)))


def _by_depth(statistics: pd.DataFrame) -> dict[tuple[str, str], dict[tuple[str, str], Any]]:
    groups: dict[tuple[str, str], dict[tuple[str, str], Any]] = {}
    for row in statistics.itertuples(index=False):
        groups.setdefault((str(row.model), str(row.depth)), {})[str(row.metric), str(row.pairs)] = row
    return groups
