"""The tables of invariances as the page shows them."""

from typing import Any

import pandas as pd

from reports.tables import format_count
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell

__all__ = ["AUTOENCODER", "FLOW", "LINEAR", "PROBE", "layers_view", "widths_view"]

AUTOENCODER, FLOW, LINEAR, PROBE = "autoencoder", "flow", "linear", "probe"
"""What a row of the table is of."""

_LAYER = {
    (FLOW, "explained_by_v", "code"): Head(
        text="Discarded",
        meaning="Share of the variance of codes that is still there among samples with the layer's features.",
        numeric=True,
    ),
    (LINEAR, "explained_by_v", "code"): Head(
        text="Discarded, linear", meaning="The same by the linear-Gaussian baseline.", numeric=True
    ),
    (FLOW, "kept_decision", ""): Head(
        text="Decision kept", meaning="Share of samples with the predicted class of their image.", numeric=True
    ),
    (LINEAR, "kept_decision", ""): Head(
        text="Decision kept, linear", meaning="The same by the linear-Gaussian baseline.", numeric=True
    ),
    (FLOW, "consistent", ""): Head(
        text="Consistent",
        meaning="Share of samples whose features are more like their image's than 95 % of pairs of other classes.",
        numeric=True,
    ),
    (FLOW, "swap_kept", ""): Head(
        text="Decision goes along",
        meaning="Share of exchanges decided as the image that gives what the layer keeps.",
        numeric=True,
    ),
    (FLOW, "code_loss_gain", ""): Head(
        text="Nats gained",
        meaning="Log-likelihood of held-out codes for each dimension, flow minus linear-Gaussian baseline.",
        numeric=True,
    ),
}
_WIDTH = {
    FLOW: Head(
        text="Spread of samples",
        meaning="Variance of the property among samples, as a share of that among images.",
        numeric=True,
    ),
    PROBE: Head(
        text="Left open by the layer", meaning="1 - R² of the property read from the layer's features.", numeric=True
    ),
    LINEAR: Head(text="Spread, linear", meaning="Spread of the linear-Gaussian baseline's samples.", numeric=True),
}
_METRIC_OF = {FLOW: "spread", LINEAR: "spread", PROBE: "open"}


def layers_view(table: pd.DataFrame) -> View:
    """Return one row per model and layer: what it discards, and whether samples can be believed."""
    several = table["model"].nunique() > 1
    rows = []
    for (model, layer), found in _by_layer(table).items():
        kept = found.get((AUTOENCODER, "kept_decision", ""))
        name = "the autoencoder alone" if kept is not None else layer
        figures = [figure_cell(found.get(key)) for key in _LAYER]
        if kept is not None:
            figures[list(_LAYER).index((FLOW, "kept_decision", ""))] = figure_cell(kept)
        n = max((row.n for row in found.values()), default=0)
        lead = [Cell(text=clipped(name)), *([Cell(text=clipped(model))] if several else [])]
        rows.append((*lead, *figures, Cell(text=format_count(n), order=float(n))))
    heads = (*_lead(several=several), *_LAYER.values(), Head(text="n", meaning="Images that judge.", numeric=True))
    return _view("invariances", "What layers keep and discard", heads, rows)


def widths_view(table: pd.DataFrame) -> View:
    """Return one row per model, layer and property: how wide samples are, and how wide they should be."""
    several = table["model"].nunique() > 1
    rows = []
    for (model, layer), found in _by_layer(table).items():
        subjects = dict.fromkeys(subject for of, metric, subject in found if metric == "spread" and of == FLOW)
        for subject in subjects:
            figures = (figure_cell(found.get((of, _METRIC_OF[of], subject))) for of in _WIDTH)
            lead = [Cell(text=clipped(layer)), *([Cell(text=clipped(model))] if several else [])]
            rows.append((*lead, Cell(text=clipped(subject)), *figures))
    heads = (*_lead(several=several), Head(text="Property"), *_WIDTH.values())
    return _view("invariances_properties", "Whether samples are as wide as they should be", heads, rows)


def _lead(*, several: bool) -> tuple[Head, ...]:
    return Head(text="Layer"), *((Head(text="Model"),) if several else ())


def _view(name: str, title: str, heads: tuple[Head, ...], rows: list[tuple[Cell, ...]]) -> View:
    more = max(0, len(rows) - ROWS_SHOWN)
    return View(name=name, title=title, heads=heads, rows=tuple(rows[:ROWS_SHOWN]), more=more, filterable=True)


def _by_layer(table: pd.DataFrame) -> dict[tuple[str, str], dict[tuple[str, str, str], Any]]:
    groups: dict[tuple[str, str], dict[tuple[str, str, str], Any]] = {}
    for row in table.fillna({"subject": ""}).itertuples(index=False):
        key = str(row.map), str(row.metric), str(row.subject)
        groups.setdefault((str(row.model), str(row.layer)), {})[key] = row
    return groups
