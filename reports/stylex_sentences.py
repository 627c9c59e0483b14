"""Attributes in plain words."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from reports.sentences import percent
from reports.tables import each_row
from reports.views import clipped

__all__ = ["stylex_summary"]

_CLASSES = 4
_TOGETHER = 3


def stylex_summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say what attributes do, one paragraph per class (at most four).

    Args:
        tables: tidy frames by name; without ``stylex_attributes`` nothing is said.

    Returns:
        HTML-safe paragraphs.
    """
    attributes, curves = tables.get("stylex_attributes"), tables.get("stylex_sufficiency")
    if attributes is None or attributes.empty:
        return []
    groups = list(attributes.groupby(["model", "class_name"], sort=False, observed=True))[:_CLASSES]
    said = []
    for (model, name), rows in groups:
        own = None if curves is None else curves[(curves["model"] == model) & (curves["class_name"] == name)]
        said.append(_paragraph(str(name), rows, own))
    return said


def _paragraph(name: str, attributes: pd.DataFrame, curves: pd.DataFrame | None) -> Markup:
    swings = attributes[attributes["metric"] == "swing"]
    count = int((swings["significant"].astype(str) == "True").sum())
    sentence = Markup(
        "{} attributes of <strong><bdi>{}</bdi></strong> were found with the classifier's own generator, "
    )
    sentence = sentence.format(len(swings), clipped(name, 60))
    sentence += Markup("{} of them beyond chance on held-out images").format(count or "none")
    for row in each_row(attributes[(attributes["attribute"] == 1) & (attributes["metric"] == "turned_towards")]):
        figure = percent(row.value, row.low, row.high)
        sentence += Markup("; the first alone turns <strong>{}</strong> of the other decisions into it").format(figure)
    for row in each_row(_together(curves)):
        sentence += Markup(", the first {} together <strong>{}</strong>").format(
            row.k, percent(row.value, row.low, row.high)
        )
    return sentence + Markup(".")


def _together(curves: pd.DataFrame | None) -> pd.DataFrame:
    if curves is None:
        return pd.DataFrame()
    return curves[(curves["method"] == "groups") & (curves["way"] == "towards") & (curves["k"] == _TOGETHER)]
