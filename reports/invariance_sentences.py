"""Invariances in plain words."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from reports.invariance_views import AUTOENCODER, FLOW
from reports.sentences import percent
from reports.tables import each_row
from reports.views import clipped

__all__ = ["invariance_summary"]

_MODELS = 4


def invariance_summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say what the first and last layer discard and whether samples can be believed, one paragraph per model.

    Args:
        tables: tidy frames by name; without ``invariances`` nothing is said.

    Returns:
        HTML-safe paragraphs.
    """
    table = tables.get("invariances")
    if table is None or table.empty:
        return []
    several = table["model"].nunique() > 1
    said = [
        _paragraph(str(model) if several else "", rows)
        for model, rows in list(table.groupby("model", sort=False, observed=True))[:_MODELS]
    ]
    return [paragraph for paragraph in said if paragraph]


def _paragraph(model: str, rows: pd.DataFrame) -> Markup:
    flow = rows[(rows["map"] == FLOW) & rows["value"].notna()]
    discarded = list(each_row(flow[flow["metric"] == "explained_by_v"]))
    kept = {row.layer: row for row in each_row(flow[flow["metric"] == "kept_decision"])}
    if not discarded or discarded[-1].layer not in kept:
        return Markup("")
    first, last = discarded[0], discarded[-1]
    lead = Markup("<strong><bdi>{}</bdi></strong>: ").format(clipped(model)) if model else Markup("")
    sentence = Markup("Of what images differ by, <bdi>{}</bdi> discards <strong>{}</strong>").format(
        clipped(first.layer, 60), percent(first.value, first.low, first.high)
    )
    if len(discarded) > 1:
        sentence += Markup(" and <bdi>{}</bdi> <strong>{}</strong>").format(
            clipped(last.layer, 60), percent(last.value, last.low, last.high)
        )
    believed = kept[last.layer]
    sentence += Markup("; {} of the images drawn from the last keep the predicted class").format(
        percent(believed.value, believed.low, believed.high)
    )
    ceiling = rows[(rows["map"] == AUTOENCODER) & (rows["metric"] == "kept_decision")]
    for row in each_row(ceiling.head(1)):
        sentence += Markup(" (reconstructions: {})").format(percent(row.value))
    return lead + sentence + Markup(".")
