"""A comparison of recipes in plain words."""

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from reports.augmentation_plots import recipe_label
from reports.sentences import percent
from reports.tables import each_row
from reports.views import clipped

__all__ = ["augmentation_summary"]

_BASELINE = "baseline"


def augmentation_summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say which recipe did best, what it costs, and what became of the claims.

    Args:
        tables: tidy frames by name; sentences whose figures are absent are left out.

    Returns:
        HTML-safe paragraphs.
    """
    table = tables.get("augmentations")
    if table is None or table.empty:
        return []
    return [one for one in (_best(table), _verdicts(tables), _chosen(tables)) if one is not None]


def _best(table: pd.DataFrame) -> Markup | None:
    rows = table[(table["metric"] == "mean_corruption_error") & (table["recipe"] != "reference")]
    rows = rows[rows["value"].notna()].sort_values("value", kind="stable")
    if len(rows) < 2:
        return None
    best = rows.iloc[0]
    said = Markup("Of {} recipes, <strong><bdi>{}</bdi></strong> has the lowest mean corruption error, {}").format(
        len(rows),
        recipe_label(best["recipe"], best["overlaps"]),
        percent(best["value"], best["low"], best["high"]),
    )
    baseline = rows[rows["recipe"] == _BASELINE]
    if len(baseline) and best["recipe"] != _BASELINE:
        own = baseline.iloc[0]
        said += Markup("; the baseline has {}").format(percent(own["value"], own["low"], own["high"]))
    cost = table[(table["metric"] == "relative_cost") & (table["recipe"] == best["recipe"])]
    if len(cost):
        said += Markup(". It takes {:.1f} times the baseline's training time").format(float(cost["value"].iloc[0]))
    return said + Markup(".")


def _verdicts(tables: Mapping[str, pd.DataFrame]) -> Markup | None:
    claims = tables.get("augmentations_claims")
    if claims is None or claims.empty:
        return None
    parts = []
    for verdict in ("holds", "fails"):
        own = claims[claims["verdict"] == verdict]
        if len(own):
            names = [f"{clipped(row.recipe)}: {clipped(row.claim)}" for row in each_row(own)]
            parts.append(Markup("<strong>{}</strong> – {}").format(verdict, "; ".join(names)))
    undecided = int((claims["verdict"] == "open").sum())
    if undecided:
        parts.append(Markup("<strong>open</strong> – {} of {} claims").format(undecided, len(claims)))
    return Markup("What pAdaIN promises: ") + Markup(". ").join(parts) + Markup(".")


def _chosen(tables: Mapping[str, pd.DataFrame]) -> Markup | None:
    choice = tables.get("augmentations_choice")
    if choice is None:
        return None
    chosen = choice[choice["chosen"].astype(str) == "True"]
    if chosen.empty:
        return None
    return Markup("pAdaIN's probability, {:g}, was chosen among {} on validation images.").format(
        float(chosen["p"].iloc[0]), ", ".join(f"{p:g}" for p in choice["p"])
    )
