"""Which figures a set of tables gives, how each is called and described, and its SVG.

:func:`plan_figures` is the one list; :func:`draw_figures` draws it. Names become file names, so they are made of
counters and of letters and digits alone, whatever the data calls things.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from reports.comparison import CLASSES_DRAWN, class_bars, corruption_forest, model_forest
from reports.glossary import METRICS, condition_label, metric_label
from reports.plots import heat_table, model_key, reliability_diagram, risk_coverage_curve, severity_curve
from reports.style import house_style, looks, new_figure, shown, svg_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Plan", "draw_figures", "draw_plans", "plan_figures"]

_WIDE = 4.7  # inches: 9 pt text is still 9 pixels high when a window of 400 pixels shrinks the figure
_SMALL = (2.05, 1.95)
_COMPARED = ("accuracy", "mean_corruption_error", "mCE", "ece", "auroc", "augrc")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One figure before it is drawn.

    Attributes:
        name: file name without suffix: lower case letters, digits and underscores.
        section: part of the page it belongs to.
        title: the caption.
        alt: what a reader who cannot see it should know.
        size: width and height in inches.
        draw: puts the plot on an ``ax``.
    """

    name: str
    section: str
    title: str
    alt: str
    size: tuple[float, float]
    draw: "Callable[[Axes], Axes]"


def draw_figures(tables: Mapping[str, pd.DataFrame]) -> dict[str, bytes]:
    """Draw every figure that ``tables`` allow.

    Args:
        tables: tidy frames by name (``headline``, ``cells``, ``corruptions``, ``classes``, ``reliability``,
            ``risk_coverage``); absent or empty ones are skipped.

    Returns:
        SVG documents by name, in reading order; the same tables give the same bytes.
    """
    return draw_plans(plan_figures(tables))


def draw_plans(plans: Sequence[Plan]) -> dict[str, bytes]:
    """Draw figures that are planned: SVG documents by name, in the same order."""
    figures: dict[str, bytes] = {}
    for plan in plans:
        with house_style():
            figure = new_figure(plan.size)
            plan.draw(figure.subplots())
            figures[plan.name] = svg_bytes(figure, plan.title)
    return figures


def plan_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """List the figures that ``tables`` allow, in reading order."""
    planners: list[tuple[str, Callable[[pd.DataFrame], list[Plan]]]] = [
        ("headline", _headline_plans),
        ("cells", _severity_plans),
        ("cells", _heat_plans),
        ("corruptions", _corruption_plans),
        ("reliability", _reliability_plans),
        ("risk_coverage", _risk_plans),
        ("classes", _class_plans),
    ]
    plans: list[Plan] = []
    for table, planner in planners:
        if table in tables and len(tables[table]):
            plans += planner(tables[table])
    return plans


def _headline_plans(headline: pd.DataFrame) -> list[Plan]:
    """Compare models metric by metric; one model needs no comparison."""
    plans: list[Plan] = []
    for metric in _COMPARED if headline["model"].nunique() > 1 else ():
        rows = headline[headline["metric"] == metric]
        if rows["model"].nunique() > 1:
            label, term = metric_label(metric), METRICS[metric]
            plans.append(
                Plan(
                    name=f"compare_{metric.lower()}",
                    section="comparison",
                    title=f"{label} ({term.better} is better)",
                    alt=f"{label} with 95 % interval. {_listing(rows, 'model')}",
                    size=(_WIDE, 0.9 + 0.36 * len(rows)),
                    draw=partial(model_forest, rows, styles=looks(headline["model"])),
                )
            )
    return plans


def _severity_plans(cells: pd.DataFrame) -> list[Plan]:
    """One small plot per corruption, so that fifteen of them stay legible."""
    accuracy = cells[cells["metric"] == "accuracy"]
    clean = accuracy[accuracy["condition_kind"] == "clean"]
    shifted = accuracy[accuracy["condition_kind"] != "clean"]
    styles = looks(cells["model"])
    plans: list[Plan] = []
    if len(styles) > 1 and len(shifted):
        names = ", ".join(shown(name, 60) for name in list(styles)[:8])
        draw = partial(model_key, accuracy, styles=styles)
        plans.append(Plan(name="severity_00_key", section="severity", title="Key", alt=names, size=_SMALL, draw=draw))
    for place, ((kind, name), rows) in enumerate(
        shifted.groupby(["condition_kind", "condition_name"], sort=False, observed=True), start=1
    ):
        title = _condition_title(str(kind), str(name))
        plans.append(
            Plan(
                name=f"severity_{place:02d}_{_slug(str(name))}",
                section="severity",
                title=f"Accuracy under {title}",
                alt=f"Accuracy falls or holds with the severity of {title}. {_curve_text(rows)}",
                size=_SMALL,
                draw=partial(severity_curve, pd.concat([clean, rows]), styles=styles),
            )
        )
    return plans


def _heat_plans(cells: pd.DataFrame) -> list[Plan]:
    accuracy = cells[(cells["metric"] == "accuracy") & (cells["condition_kind"] != "clean")]
    plans: list[Plan] = []
    for (model, kind), rows in accuracy.groupby(["model", "condition_kind"], sort=False, observed=True):
        count = rows["condition_name"].nunique()
        plans.append(
            Plan(
                name=f"heat_{len(plans) + 1:02d}",
                section="heat",
                title=f"Accuracy by corruption and severity{_of(model, cells)}",
                alt=f"Heat table of {count} conditions ({kind}) by severity; the table below has the numbers.",
                size=(_WIDE, 0.75 + 0.34 * count),
                draw=partial(heat_table, rows),
            )
        )
    return plans


def _corruption_plans(corruptions: pd.DataFrame) -> list[Plan]:
    rows = corruptions[corruptions["metric"] == "mean_error"]
    if rows.empty:
        return []
    models, count = rows["model"].nunique(), rows["condition_name"].nunique()
    per_row = max(0.34, 0.16 * models)
    return [
        Plan(
            name="mean_error",
            section="heat",
            title="Mean error of each corruption",
            alt=f"Mean error with 95 % interval. {_listing(rows, 'condition_name')}",
            size=(_WIDE, 0.8 + per_row * count + (0.2 * models if models > 1 else 0)),
            draw=partial(corruption_forest, rows, styles=looks(corruptions["model"])),
        )
    ]


def _reliability_plans(reliability: pd.DataFrame) -> list[Plan]:
    styles = looks(reliability["model"])
    plans: list[Plan] = []
    for (model, group), rows in reliability.groupby(["model", "group"], sort=False, observed=True):
        plans.append(
            Plan(
                name=f"reliability_{len(plans) + 1:02d}_{_slug(str(group))}",
                section="calibration",
                title=f"Reliability on {group} images{_of(model, reliability)}",
                alt=f"Accuracy against confidence in {(rows['n'] > 0).sum()} bins of {rows['n'].sum():,} "
                "predictions; points below the diagonal are overconfident.",
                size=(4.6, 4.2),
                draw=partial(reliability_diagram, rows, color=styles[str(model)].color),
            )
        )
    return plans


def _risk_plans(risk_coverage: pd.DataFrame) -> list[Plan]:
    styles = looks(risk_coverage["model"])
    return [
        Plan(
            name="risk_coverage",
            section="errors",
            title="Risk against coverage",
            alt="Error among the images kept, as fewer and more confident ones are kept; lower is better.",
            size=(_WIDE, 3.9),
            draw=partial(risk_coverage_curve, risk_coverage, styles=styles),
        )
    ]


def _class_plans(classes: pd.DataFrame) -> list[Plan]:
    styles = looks(classes["model"])
    plans: list[Plan] = []
    for model, rows in classes[classes["metric"] == "accuracy"].groupby("model", sort=False, observed=True):
        drawn = min(len(rows), CLASSES_DRAWN)
        which = f"the {drawn} worst of {len(rows):,} classes" if drawn < len(rows) else f"all {drawn} classes"
        plans.append(
            Plan(
                name=f"classes_{len(plans) + 1:02d}",
                section="classes",
                title=f"Accuracy of {which}, worst first{_of(model, classes)}",
                alt=f"Bars with Wilson intervals for {which}. {_listing(rows.head(5), 'class_name')}",
                size=(_WIDE, 0.8 + 0.29 * drawn),
                draw=partial(class_bars, rows, color=styles[str(model)].color),
            )
        )
    return plans


def _slug(text: str) -> str:
    """Return a short piece of a file name; the counter before it keeps names apart.

    >>> _slug("../X <img>"), _slug("汉字")
    ('x_img', 'other')
    """
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:32] or "other"


def _of(model: object, frame: pd.DataFrame) -> str:
    return f", {shown(model, 60)}" if frame["model"].nunique() > 1 else ""


def _condition_title(kind: str, name: str) -> str:
    label = condition_label(shown(name, 60))
    return label if kind == "corruption" else f"{label} ({shown(kind)})"


def _listing(rows: pd.DataFrame, column: str) -> str:
    """Say at most eight values in words."""
    said = [
        f"{shown(condition_label(str(name)), 40)} {value:.3g}"
        for name, value in zip(rows[column].head(8), rows["value"].head(8), strict=True)
    ]
    return "; ".join(said) + ("; and more." if len(rows) > 8 else ".")


def _curve_text(rows: pd.DataFrame) -> str:
    """Say where the first model ends up."""
    last = rows[rows["model"] == rows["model"].iloc[0]].sort_values("condition_severity").iloc[-1]
    return f"{shown(last['model'], 40)}: {last['value']:.2f} at severity {last['condition_severity']}."
