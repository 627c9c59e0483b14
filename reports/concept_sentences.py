"""Concepts in plain words."""

from collections.abc import Iterable, Mapping

import pandas as pd
from markupsafe import Markup

from reports.sentences import percent
from reports.tables import each_row
from reports.views import clipped

__all__ = ["CAUSE", "concept_summary"]

CAUSE = 0.05
"""Share of swaps that change the decision, from which a factor is called a cause, by the low end of the interval."""

_LAYERS, _NAMED = 4, 4


def concept_summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say which factors are causes and which attributes are not represented, one paragraph per layer (at most four).

    Args:
        tables: tidy frames by name; without ``concepts_factors`` nothing is said.

    Returns:
        HTML-safe paragraphs.
    """
    factors, concepts = tables.get("concepts_factors"), tables.get("concepts")
    if factors is None or factors.empty:
        return []
    several = factors[["model", "layer"]].drop_duplicates()
    said = []
    for model, layer in list(several.itertuples(index=False, name=None))[:_LAYERS]:
        own = factors[(factors["model"] == model) & (factors["layer"] == layer)]
        swaps = _swaps(concepts, model, layer)
        lead = Markup("<strong><bdi>{}</bdi></strong>: ").format(clipped(model, 60)) if len(several) > 1 else Markup("")
        where = Markup("At <bdi>{}</bdi>, ").format(clipped(layer, 60))
        said.append(lead + where + _causes(swaps) + _absent(own) + _tied(tables, model, layer))
    return said


def _swaps(concepts: pd.DataFrame | None, model: str, layer: str) -> pd.DataFrame:
    if concepts is None or concepts.empty:
        return pd.DataFrame(columns=["factor", "value", "low", "high"])
    mine = (concepts["model"] == model) & (concepts["layer"] == layer) & (concepts["map"] == "rotation")
    named = (concepts["metric"] == "swap_changes") & (concepts["factor"] != "residual")
    return concepts[mine & named].sort_values("value", ascending=False)


def _causes(swaps: pd.DataFrame) -> Markup:
    causes = swaps[swaps["low"] > CAUSE].head(_NAMED)
    if causes.empty:
        return Markup("no factor that was named changes decisions when images swap it.")
    found = _listed(
        Markup("<bdi>{}</bdi> (<strong>{}</strong> of swaps change the decision)").format(
            clipped(row.factor, 40), percent(row.value, row.low, row.high)
        )
        for row in each_row(causes)
    )
    return Markup("decisions hang on {}.").format(found)


def _absent(own: pd.DataFrame) -> Markup:
    absent = own[(own["dimensions"] == 0) & own["eigenvalue"].notna()]["factor"]
    if absent.empty:
        return Markup("")
    return Markup(" Not represented: {}.").format(
        _listed(Markup("<bdi>{}</bdi>").format(clipped(name, 40)) for name in absent)
    )


def _tied(tables: Mapping[str, pd.DataFrame], model: str, layer: str) -> Markup:
    table = tables.get("concepts_association")
    if table is None or table.empty:
        return Markup("")
    tied = table[(table["model"] == model) & (table["layer"] == layer) & (table["associated"].astype(str) == "True")]
    if tied.empty:
        return Markup("")
    first = tied.sort_values("value").iloc[-1]
    reweighted = str(first["reweighted"]) == "True"
    done = "images were reweighted" if reweighted else "they cannot be reweighted, so factors may carry each other"
    return Markup(
        " <strong>Warning:</strong> attributes go together, most of all <bdi>{}</bdi> and <bdi>{}</bdi> "
        "(Cramér's V {:.2f}); {}, of effectively {:.0f}."
    ).format(clipped(first["attribute"], 40), clipped(first["other"], 40), first["value"], done, first["effective_n"])


def _listed(parts: Iterable[Markup]) -> Markup:
    found = list(parts)
    *most, last = found
    return Markup(", ").join(most) + Markup(" and ") + last if most else last
