"""Which figures several models give side by side; see :mod:`reports.figures` for those of each."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pandas as pd

from reports.figures import Plan
from reports.glossary import condition_label, metric_label
from reports.model_plots import corruption_heat, difference_forest, error_scatter, rank_heat
from reports.style import looks, shown
from reports.tables import each_row

__all__ = ["plan_model_figures"]

_WIDE = 4.7  # inches, as in reports.figures
_MOST = 12  # models across a heat table
_LEADING = ("mCE", "mean_corruption_error", "error")


def plan_model_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that compare two or more models, in reading order; of one model there are none."""
    headline = tables.get("headline")
    if headline is None or headline["model"].nunique() < 2:
        return []
    return [*_scatter_plans(tables), *_difference_plans(tables), *_rank_plans(tables), *_heat_plans(tables)]


def _scatter_plans(tables: Mapping[str, pd.DataFrame]) -> Iterator[Plan]:
    """Clean error against mCE where every model has one, against the plain mean otherwise."""
    headline, cells = tables["headline"], tables.get("cells")
    if cells is None:
        return
    clean = cells[(cells["condition_kind"] == "clean") & (cells["metric"] == "error")]
    for metric in _LEADING[:2]:
        corrupted = headline[headline["metric"] == metric]
        both = [name for name in clean["model"] if name in set(corrupted["model"])]
        if len(both) < 2 or len(both) < headline["model"].nunique():
            continue
        across, up = (rows.set_index("model").loc[both].reset_index() for rows in (clean, corrupted))
        published = _published(tables.get("reference")) if metric == "mCE" else None
        said = [f"{shown(a.model, 40)} {a.value:.3g} and {b.value:.3g}" for a, b in _pairs(across, up)]
        words = "; the published ones stand in the table below" if published is not None else ""
        label = metric_label(metric) + (" (percent)" if metric == "mCE" else "")
        yield Plan(
            name="models_scatter",
            section="models",
            title=f"{metric_label(metric)} against clean error",
            alt=f"Error on clean images and {label}, with 95 % intervals: {'; '.join(said[:8])}{words}.",
            size=(_WIDE, 4.2),
            draw=partial(error_scatter, across, up, label=label, published=published, styles=looks(headline["model"])),
        )
        return


def _pairs(across: pd.DataFrame, up: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    yield from zip(each_row(across), each_row(up), strict=True)


def _published(reference: pd.DataFrame | None) -> pd.DataFrame | None:
    """Clean error as a fraction and mCE of published ImageNet models that report both."""
    if reference is None:
        return None
    rows = reference[(reference["dataset"] == "ImageNet") & reference["metric"].isin(["error", "mCE"])]
    keys = ["model", "training", "source"]
    grid = rows.pivot_table(index=keys, columns="metric", values="value").reset_index()
    if not {"error", "mCE"} <= set(grid.columns):
        return None
    grid = grid.dropna(subset=["error", "mCE"])
    return pd.DataFrame({"model": grid["model"], "clean": grid["error"] / 100, "corrupted": grid["mCE"]})


def _difference_plans(tables: Mapping[str, pd.DataFrame]) -> Iterator[Plan]:
    table = tables.get("differences")
    if table is None or table.empty:
        return
    for metric in _LEADING:
        rows = table[(table["metric"] == metric) & (table["condition_name"] == "")]
        if len(rows):
            said = [
                f"{shown(row.model, 40)} minus {shown(row.other, 40)} {row.value:.3g} [{row.low:.3g}, {row.high:.3g}]"
                for row in each_row(rows.head(6))
            ]
            yield Plan(
                name="models_differences",
                section="models",
                title=f"Differences in {_lower(metric)}, image by image",
                alt=f"Paired differences with 95 % interval; one that spans zero can be chance. {'; '.join(said)}.",
                size=(_WIDE, 0.9 + 0.5 * len(rows)),
                draw=partial(difference_forest, rows),
            )
            return


def _rank_plans(tables: Mapping[str, pd.DataFrame]) -> Iterator[Plan]:
    table = tables.get("ranks")
    if table is None or table.empty:
        return
    for metric in _LEADING:
        rows = table[table["metric"] == metric]
        count = rows["model"].nunique()
        if 1 < count <= _MOST:
            first = rows[rows["rank"] == 1]
            said = "; ".join(f"{shown(row.model, 40)} {row.value:.0%}" for row in each_row(first))
            yield Plan(
                name="models_ranks",
                section="models",
                title=f"How sure is the order by {_lower(metric)}?",
                alt=f"Share of resamples of the images in which a model takes a rank. Rank 1: {said}.",
                size=(_WIDE, 0.9 + 0.36 * count),
                draw=partial(rank_heat, rows),
            )
            return


def _heat_plans(tables: Mapping[str, pd.DataFrame]) -> Iterator[Plan]:
    table = tables.get("corruptions")
    if table is None:
        return
    rows = table[table["metric"] == "mean_error"]
    models, count = rows["model"].nunique(), rows["condition_name"].nunique()
    if 1 < models <= _MOST:
        worst = rows.sort_values("value", ascending=False).iloc[0]
        yield Plan(
            name="models_heat",
            section="models",
            title="Mean error of each corruption, model by model",
            alt=f"Heat table of {count} corruptions and {models} models. The highest is "
            f"{shown(condition_label(str(worst['condition_name'])), 40)} of {shown(worst['model'], 40)}, "
            f"{worst['value']:.2f}.",
            size=(max(_WIDE, 1.6 + 0.6 * models), 0.9 + 0.32 * count + (0.5 if models > 2 else 0)),
            draw=partial(corruption_heat, rows),
        )


def _lower(metric: str) -> str:
    label = metric_label(metric)
    return label if label == "mCE" else label[0].lower() + label[1:]
