"""Confounders in plain words."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from reports.sentences import percent
from reports.tables import each_row
from reports.views import clipped

__all__ = ["confounder_summary"]

_MODELS = 4
_COIN = "coin"


def confounder_summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say which suspected confounder most answers hang on, beside a coin, one paragraph per model.

    Args:
        tables: tidy frames by name; without ``confounders`` nothing is said.

    Returns:
        HTML-safe paragraphs.
    """
    table = tables.get("confounders")
    if table is None or table.empty:
        return []
    several = table["model"].nunique() > 1
    rows = table[(table["metric"] == "flipped") & (table["map"] == "flow") & table["value"].notna()]
    said = [
        _paragraph(str(model) if several else "", own)
        for model, own in list(rows.groupby("model", sort=False, observed=True))[:_MODELS]
    ]
    return [paragraph for paragraph in said if paragraph]


def _paragraph(model: str, rows: pd.DataFrame) -> Markup:
    suspected = rows[rows["confounder"] != _COIN].sort_values("value", ascending=False, kind="stable")
    if suspected.empty:
        return Markup("")
    most = next(iter(each_row(suspected)))
    lead = Markup("<strong><bdi>{}</bdi></strong>: ").format(clipped(model)) if model else Markup("")
    sentence = Markup(
        "Drawn as another group of <bdi>{}</bdi> would have them, <strong>{}</strong> of the images"
    ).format(clipped(most.confounder, 60), percent(most.value, most.low, most.high))
    sentence += Markup(" are answered otherwise")
    for coin in each_row(rows[rows["confounder"] == _COIN]):
        sentence += Markup("; for groups that mean nothing {}").format(percent(coin.value, coin.low, coin.high))
    return lead + sentence + Markup(".")
