"""Published figures beside the audited models: shown only where both count the same thing.

mCE is comparable when this audit has all fifteen corruptions at five severities under the ImageNet constants,
which is when the headline holds it; then the published ImageNet rows that report an mCE are set below it.

Training recipes are set beside the published ones by their mean error over corruptions, which needs no baseline. What
others measured on CIFAR-100-C is no yardstick for other data: it shows which recipe helped there, and by how much.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from reports.glossary import condition_label
from reports.views import ROWS_SHOWN, Cell, Head, View, clipped, figure_cell, metric_heads, spread

__all__ = ["PUBLISHED", "published_recipes", "published_views", "recipe_views"]

PUBLISHED = ["model", "training", "dataset", "metric", "value", "low", "high", "unit", "source", "note"]
"""Columns of the table ``published``: recipes of a comparison, then those of others."""

_OWN = "this audit"
_MAIN = ("error", "mCE", "relative_mCE")
_MEANS = {"CIFAR-100": "mean_corruption_error", "CIFAR-10": "mean_corruption_error", "ImageNet": "mCE"}
_COMPLEMENTS = {"accuracy": "error", "corrupted_accuracy": "mean_corruption_error"}
_BY_CORRUPTION = {
    "mean_error_": "Mean error by corruption, percent",
    "ce_": "CE by corruption, percent of AlexNet's error",
}


def published_views(tables: Mapping[str, pd.DataFrame]) -> list[View]:
    """Lay out the audited models above the published ones.

    Args:
        tables: tidy frames; ``reference`` as :func:`reports.reference.read_reference` returns it, ``headline``,
            ``cells`` and ``corruptions``.

    Returns:
        A table of errors and mCE with sources, and one of CE by corruption; nothing if no model has an mCE.
    """
    headline, reference = tables.get("headline"), tables.get("reference")
    if headline is None or reference is None or not (headline["metric"] == "mCE").any():
        return []
    rows = pd.concat([_own_rows(tables), _published_rows(reference)], ignore_index=True)
    groups = spread(rows, ["model", "training", "source"])
    return [view for view in (_main_view(groups), _corruption_view("reference_ce", groups, "ce_")) if view.rows]


def published_recipes(own: pd.DataFrame, reference: pd.DataFrame) -> pd.DataFrame:
    """Set recipes that were compared above the published ones, in percent.

    Args:
        own: fractions, columns ``model``, ``training`` (the recipe), ``dataset``, ``metric``, ``value``, ``low``,
            ``high`` and ``note``; metrics ``error``, ``mean_corruption_error`` and ``mean_error_<corruption>``.
        reference: as :func:`reports.reference.read_reference` returns it.

    Returns:
        Columns :data:`PUBLISHED`: the own rows, then published rows of models whose mean over the corruptions of
        CIFAR-100-C, CIFAR-10-C or ImageNet-C is known; accuracies as errors.
    """
    percent = own.assign(unit="percent", source=_OWN, **{name: 100 * own[name] for name in ("value", "low", "high")})
    accuracies = reference["metric"].isin(list(_COMPLEMENTS))
    errors = reference[accuracies].assign(
        metric=reference["metric"].map(_COMPLEMENTS),
        value=100 - reference["value"],
        note=reference["note"] + "; 100 minus accuracy",
    )
    rows = pd.concat([reference[~accuracies], errors], ignore_index=True)
    keys, parts = ["model", "training", "dataset", "source"], []
    for dataset, mean in _MEANS.items():
        known = rows[(rows["dataset"] == dataset) & (rows["metric"] == mean)]
        parts.append(rows.merge(known[keys].drop_duplicates(), on=keys).drop_duplicates([*keys, "metric"]))
    published = pd.concat(parts, ignore_index=True).assign(low=float("nan"), high=float("nan"))
    return pd.concat([percent[PUBLISHED], published[PUBLISHED]], ignore_index=True)


def recipe_views(published: pd.DataFrame) -> list[View]:
    """Lay out the table of :func:`published_recipes`: means with sources, then errors by corruption."""
    groups = spread(published, ["model", "training", "dataset", "source"])
    metrics = ["error", "mean_corruption_error", "mCE"]
    rows = []
    for (model, training, dataset, source), found in groups.items():
        mean = found.get("mean_corruption_error") or found.get("mCE")
        figures = (figure_cell(found.get(metric)) for metric in metrics)
        lead = (Cell(text=clipped(text)) for text in (training, model, dataset))
        rows.append((*lead, *figures, Cell(text=clipped(source)), Cell(text=clipped(mean.note) if mean else "")))
    heads = (
        *(Head(text=text) for text in ("Training", "Model", "Trained on")),
        *metric_heads(metrics),
        Head(text="Source"),
        Head(text="Note"),
    )
    shown, more = tuple(rows[:ROWS_SHOWN]), max(0, len(rows) - ROWS_SHOWN)
    title = "Recipes beside published ones"
    main = View(name="published", title=title, heads=heads, rows=shown, more=more, filterable=True)
    named = {
        (training, f"{model}, {dataset}", source): found for (model, training, dataset, source), found in groups.items()
    }
    single = (_corruption_view(f"published_{prefix}single", named, prefix) for prefix in _BY_CORRUPTION)
    return [view for view in (main, *single) if view.rows]


def _own_rows(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Bring the audit's own figures into the form of the reference table, in percent."""
    headline = tables["headline"]
    parts = [headline[headline["metric"].isin(_MAIN)]]
    if "cells" in tables:
        cells = tables["cells"]
        clean = cells[(cells["condition_kind"] == "clean") & (cells["metric"] == "error")]
        parts.append(clean.assign(**{name: 100 * clean[name] for name in ("value", "low", "high")}))
    if "corruptions" in tables:
        frame = tables["corruptions"]
        ce = frame[frame["metric"] == "ce"]
        parts.append(ce.assign(metric="ce_" + ce["condition_name"].astype(str)))
    columns = ["model", "metric", "value", "low", "high", "convention"]
    own = pd.concat([part[columns] for part in parts if len(part)], ignore_index=True)
    return own.rename(columns={"convention": "note"}).assign(training=_OWN, source=_OWN, unit="percent")


def _published_rows(reference: pd.DataFrame) -> pd.DataFrame:
    """Keep the ImageNet models that report an mCE."""
    imagenet = reference[reference["dataset"] == "ImageNet"]
    keys = ["model", "training", "source"]
    with_mce = imagenet.loc[imagenet["metric"] == "mCE", keys].drop_duplicates()
    return imagenet.merge(with_mce, on=keys).assign(low=float("nan"), high=float("nan"))


def _main_view(groups: Mapping[tuple[Any, ...], dict[str, Any]]) -> View:
    rows = [
        (
            Cell(text=clipped(model)),
            Cell(text=clipped(training)),
            *(figure_cell(found.get(metric)) for metric in _MAIN),
            Cell(text=clipped(source)),
            Cell(text=clipped(found["mCE"].note) if "mCE" in found else ""),
        )
        for (model, training, source), found in groups.items()
    ]
    heads = (
        Head(text="Model"),
        Head(text="Training"),
        Head(text="Clean error", meaning="Top-1 error on clean images.", numeric=True),
        *metric_heads(_MAIN[1:]),
        Head(text="Source"),
        Head(text="Note"),
    )
    title = "mCE beside published models"
    shown, more = tuple(rows[:ROWS_SHOWN]), max(0, len(rows) - ROWS_SHOWN)
    return View(name="reference", title=title, heads=heads, rows=shown, more=more, filterable=True)


def _corruption_view(name: str, groups: Mapping[tuple[Any, ...], dict[str, Any]], prefix: str) -> View:
    """Return a figure of each corruption, for the models that report it."""
    by_corruption = {
        key: {metric: row for metric, row in found.items() if metric.startswith(prefix)}
        for key, found in groups.items()
    }
    metrics = list(dict.fromkeys(metric for found in by_corruption.values() for metric in found))
    rows = [
        (Cell(text=clipped(f"{model}, {training}")), *(_rounded(found.get(metric)) for metric in metrics))
        for (model, training, _), found in by_corruption.items()
        if found
    ]
    names = (Head(text=condition_label(metric.removeprefix(prefix)), numeric=True) for metric in metrics)
    heads = (Head(text="Model, training"), *names)
    return View(name=name, title=_BY_CORRUPTION[prefix], heads=heads, rows=tuple(rows[:ROWS_SHOWN]))


def _rounded(row: Any) -> Cell:
    """Return a figure without its interval: fifteen columns leave no room."""
    return Cell(text="–" if row is None else f"{row.value:.1f}", order=float("nan") if row is None else row.value)
