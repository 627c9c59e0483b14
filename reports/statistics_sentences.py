"""Global statistics in plain words."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from reports.sentences import percent
from reports.statistics_views import ALL
from reports.tables import each_row, format_count
from reports.views import clipped

__all__ = ["statistics_summary"]

_PIXELS = "pixels"
_MODELS = 6


def statistics_summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say how many predictions hang on statistics, one paragraph per model (at most six).

    Args:
        tables: tidy frames by name; without ``global_statistics`` nothing is said.

    Returns:
        HTML-safe paragraphs.
    """
    table = tables.get("global_statistics")
    if table is None or table.empty:
        return []
    flips = table[(table["metric"] == "flip_rate") & (table["depth"] != ALL) & table["value"].notna()]
    several = table["model"].nunique() > 1
    said = [
        _paragraph(str(model) if several else "", rows)
        for model, rows in list(flips.groupby("model", sort=False, observed=True))[:_MODELS]
    ]
    return [paragraph for paragraph in said if paragraph]


def _paragraph(model: str, flips: pd.DataFrame) -> Markup:
    found: dict[tuple[str, str], Any] = {(row.depth, row.pairs): row for row in each_row(flips)}
    inside = [depth for depth, pairs in found if pairs == "other_class" and depth != _PIXELS]
    pixels = found.get((_PIXELS, "other_class"))
    if pixels is None:
        return Markup("")
    lead = Markup("<strong><bdi>{}</bdi></strong>: ").format(clipped(model)) if model else Markup("")
    sentence = Markup("With the colour statistics of an image of another class, {} of {} predictions change{}").format(
        _figure(pixels), format_count(pixels.n), _control(found, _PIXELS)
    )
    for word, depth in zip(
        ("; with channel statistics", " and"), dict.fromkeys((*inside[:1], *inside[-1:])), strict=False
    ):
        figure, control = _figure(found[depth, "other_class"]), _control(found, depth)
        sentence += Markup("{} {} at <bdi>{}</bdi>{}").format(word, figure, clipped(depth, 60), control)
    return lead + sentence + Markup(".")


def _figure(row: Any) -> Markup:
    return Markup("<strong>{}</strong>").format(percent(row.value, row.low, row.high))


def _control(found: Mapping[tuple[str, str], Any], depth: str) -> str:
    row = found.get((depth, "same_class"))
    return f" (of the same class: {percent(row.value)})" if row is not None else ""
