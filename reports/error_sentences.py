"""Error detection in plain words."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from reports.scores import score_label
from reports.tables import each_row, format_interval
from reports.views import clipped

__all__ = ["error_summary"]

_DETECTOR = "detector"
_POPULATION = "mild"


def error_summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say what the learned detector gains, one paragraph per model (at most six).

    Args:
        tables: tidy frames by name; without ``errors`` nothing is said.

    Returns:
        HTML-safe paragraphs.
    """
    errors = tables.get("errors")
    if errors is None or errors.empty:
        return []
    several = errors["model"].nunique() > 1
    groups = list(errors.groupby("model", sort=False, observed=True))[:6]
    said = (_paragraph(str(model) if several else "", rows) for model, rows in groups)
    return [paragraph for paragraph in said if paragraph]


def _paragraph(model: str, errors: pd.DataFrame) -> Markup:
    mild = errors[errors["population"] == _POPULATION]
    found: dict[tuple[str, str], Any] = {(row.score, row.metric): row for row in each_row(mild)}
    detector, baseline = found.get((_DETECTOR, "auroc")), found.get(("max_softmax", "auroc"))
    if detector is None or baseline is None or not math.isfinite(baseline.value):
        return Markup("")
    lead = Markup("<strong><bdi>{}</bdi></strong>: ").format(clipped(model)) if model else Markup("")
    where = "On clean and mildly corrupted images"
    plain = _figure(baseline)
    if not math.isfinite(detector.value):
        sentence = Markup("{}, errors are found by {} with an AUROC of <strong>{}</strong>; no detector was learned.")
        return lead + sentence.format(where, score_label("max_softmax"), plain)
    sentence = Markup("{}, the learned detector finds errors with an AUROC of <strong>{}</strong>, {} with {}.")
    return lead + sentence.format(where, _figure(detector), score_label("max_softmax"), plain)


def _figure(row: Any) -> str:
    return format_interval(row.value, row.low, row.high)
