"""Which figures the tables of explanations give; see :mod:`reports.figures` for the others."""

from collections.abc import Callable, Mapping
from functools import partial

import pandas as pd

from reports.explanation_plots import agreement_matrix, check_dots
from reports.figures import Plan
from reports.glossary import METRICS, metric_label
from reports.scoreboard_plots import scoreboard_dots
from reports.style import shown
from reports.tables import each_row

__all__ = ["EXPLANATION_TABLES", "plan_explanation_figures"]

EXPLANATION_TABLES = ("explanations_summary", "explanations_agreement", "planted")
"""The tables of a run folder that the page shows."""

_WIDE = 4.7  # inches: 9 pt text is still 9 pixels high when a window of 400 pixels shrinks the figure
_DRAWN = ("insertion_blurred", "deletion_blurred", "sensitivity", "randomised_correlation")
_MOST = 8  # classifiers
_MODELS = 3


def plan_explanation_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that ``tables`` allow, in reading order; of the first models and planted classifiers."""
    planners: dict[str, Callable[[pd.DataFrame], list[Plan]]] = {
        "explanations_summary": _checks,
        "explanations_agreement": _agreements,
        "planted": _scoreboards,
    }
    there = [name for name in planners if name in tables and len(tables[name])]
    return [plan for name in there for plan in planners[name](tables[name])]


def _checks(summary: pd.DataFrame) -> list[Plan]:
    plans: list[Plan] = []
    rows = summary[summary["value"].notna() & summary["metric"].isin(_DRAWN)]
    for number, (model, of_model) in enumerate(rows.groupby("model", sort=False, observed=True), start=1):
        for metric, own in of_model.groupby("metric", sort=False, observed=True):
            said = "; ".join(
                f"{row.method} {row.value:.3g}" for row in each_row(own[own["group"] == own["group"].iloc[0]])
            )
            plans.append(
                Plan(
                    name=f"explanations_{metric}_{number:02d}",
                    section="explanations",
                    title=f"{metric_label(str(metric))}, {METRICS[str(metric)].better} is better{_of(model, rows)}",
                    alt=f"{METRICS[str(metric)].meaning} By method: {said}.",
                    size=(_WIDE, 1.4 + 0.28 * own["method"].nunique()),
                    draw=partial(check_dots, own),
                )
            )
    return plans[: _MODELS * len(_DRAWN)]


def _agreements(agreement: pd.DataFrame) -> list[Plan]:
    rows = agreement[agreement["value"].notna()]
    plans = []
    for number, (model, own) in enumerate(rows.groupby("model", sort=False, observed=True), start=1):
        ordered = own.sort_values("value")
        least, most = ordered.iloc[0], ordered.iloc[-1]
        plans.append(
            Plan(
                name=f"explanations_agreement_{number:02d}",
                section="explanations",
                title=f"How much methods agree{_of(model, rows)}",
                alt=(
                    f"Rank correlation of maps; most between {most['method']} and {most['other']}, "
                    f"{most['value']:.2f}, least between {least['method']} and {least['other']}, {least['value']:.2f}."
                ),
                size=(_WIDE, 1.6 + 0.42 * (own["other"].nunique() + 1)),
                draw=partial(agreement_matrix, own),
            )
        )
    return plans[:_MODELS]


def _scoreboards(planted: pd.DataFrame) -> list[Plan]:
    plans: list[Plan] = []
    rows = planted[planted["measure"] == "positive_mass"]
    for classifier, own in rows.groupby("classifier", sort=False, observed=True):
        said = "; ".join(
            f"{row.method} on {row.question} {row.ratio:.1f} ({row.verdict})"
            for row in each_row(own[own["expected"].astype(str) == "True"])
        )
        plans.append(
            Plan(
                name=f"planted_{len(plans) + 1:02d}",
                section="planted",
                title=f"Planted: {shown(classifier, 60)}",
                alt=f"Multiples of chance for the regions that must be pointed at: {said}.",
                size=(_WIDE, 1.9 + 0.36 * own["method"].nunique()),
                draw=partial(scoreboard_dots, own),
            )
        )
    return plans[:_MOST]


def _of(model: object, frame: pd.DataFrame) -> str:
    return f", {shown(model, 60)}" if frame["model"].nunique() > 1 else ""
