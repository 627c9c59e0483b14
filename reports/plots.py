"""Plots of one condition or one model: each takes a tidy frame and an ``ax``, draws, and returns the ``ax``.

Nothing is computed here. Intervals, bins and counts are columns of the frame (``value``, ``low``, ``high``,
``n``), axes of shares run from 0 to 1, and a name from the data is never read as markup.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from reports.glossary import condition_label
from reports.style import INK, Look, looks, plain_legend, short_names, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["heat_table", "model_key", "reliability_diagram", "risk_coverage_curve", "severity_curve"]

_SETTLED = 0.1  # coverage from which on the band decides the height of the risk axis
_BAND = 0.16  # opacity of an interval band: two may overlap and still be told apart


def severity_curve(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw accuracy against the severity of one corruption, one line and interval band per model.

    Args:
        frame: rows of ``cells`` with metric ``accuracy``: one corruption, and clean at severity 0.
        ax: where to draw.
        styles: the look of each model, so that several plots agree; by order of appearance if None.
    """
    styles = styles or looks(frame["model"])
    for model, rows in frame.sort_values("condition_severity").groupby("model", sort=False, observed=True):
        look, x = styles[str(model)], rows["condition_severity"]
        ax.fill_between(x, rows["low"], rows["high"], color=look.color, alpha=_BAND, linewidth=0)
        ax.plot(x, rows["value"], color=look.color, marker=look.marker, linestyle=look.line, label=shown(model))
    names = [name for name in frame["condition_name"].unique() if name != "clean"]
    title = ", ".join(condition_label(str(name)) for name in names)
    ax.set_title(shown(title, 20), parse_math=False)
    _share_axis(ax, "y", "accuracy")
    ax.set_xlim(-0.25, max(5, int(frame["condition_severity"].max())) + 0.25)
    ax.set_xticks(range(max(5, int(frame["condition_severity"].max())) + 1))
    ax.set_xlabel("severity")
    return ax


def model_key(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw the legend of the severity curves alone, so that small plots need none of their own.

    Args:
        frame: rows with a column ``model``; the first eight models are named.
        ax: where to draw.
        styles: the look of each model; by order of appearance if None.
    """
    styles = styles or looks(frame["model"])
    for model, label in short_names(frame["model"].drop_duplicates()[:8], 22).items():
        look = styles[model]
        ax.plot([], [], color=look.color, marker=look.marker, linestyle=look.line, label=label)
    ax.set_axis_off()
    plain_legend(ax.legend(loc="center left", fontsize=8, handlelength=1.4, borderpad=0, bbox_to_anchor=(-0.1, 0.5)))
    return ax


def heat_table(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw accuracy as a table of colours and numbers, corruptions down and severities across.

    Args:
        frame: rows of ``cells`` with metric ``accuracy`` of one model; clean rows are left out.
        ax: where to draw.
    """
    import seaborn as sns
    from matplotlib import colormaps

    rows = frame[frame["condition_kind"] != "clean"]
    names = rows["condition_name"].drop_duplicates()
    grid = rows.pivot(index="condition_name", columns="condition_severity", values="value").loc[names]
    sns.heatmap(grid, ax=ax, vmin=0, vmax=1, cmap="cividis", cbar=False, linewidths=2, yticklabels=False)
    for row in each_row(rows[rows["value"].notna()]):
        place = (
            list(grid.columns).index(row.condition_severity) + 0.5,
            list(grid.index).index(row.condition_name) + 0.5,
        )
        color = "black" if _luminance([float(part) for part in colormaps["cividis"](row.value)]) > 0.18 else "white"
        ax.text(*place, f"{row.value:.2f}", color=color, ha="center", va="center")
    labels = [shown(condition_label(str(name)), 24) for name in grid.index]
    ax.set_yticks([index + 0.5 for index in range(len(labels))], labels, rotation=0, parse_math=False)
    ax.tick_params(axis="x", rotation=0)
    ax.tick_params(length=0)
    ax.set_xlabel("severity")
    ax.set_ylabel("")
    return ax


def reliability_diagram(frame: pd.DataFrame, ax: "Axes", *, color: str = "#0072B2") -> "Axes":
    """Draw accuracy against confidence, bin by bin, with intervals and the number of images in each bin.

    Args:
        frame: rows of ``reliability`` of one model and one group; empty bins are left blank.
        ax: where to draw.
        color: of points and bars.
    """
    rows = frame[frame["n"] > 0]
    width = rows["confidence_high"] - rows["confidence_low"]
    ax.bar(rows["confidence_low"], rows["value"], width=width, align="edge", color=color, alpha=0.22,
           edgecolor="white")  # fmt: skip
    ax.plot([0, 1], [0, 1], color=INK, linestyle=(0, (4, 3)), linewidth=1, label="perfectly calibrated")
    ax.vlines(rows["mean_confidence"], rows["low"], rows["high"], color=color, linewidth=1.6)
    ax.plot(rows["mean_confidence"], rows["value"], color=color, marker="o", linestyle="", label="accuracy, 95 %")
    for row in each_row(rows):
        center = (row.confidence_low + row.confidence_high) / 2
        ax.text(center, 1.015, f"{row.n:,}", transform=ax.get_xaxis_transform(), rotation=90, fontsize=8,
                ha="center", va="bottom")  # fmt: skip
    _share_axis(ax, "x", "confidence (images per bin above)")
    _share_axis(ax, "y", "accuracy")
    plain_legend(ax.legend(loc="upper left"))
    return ax


def risk_coverage_curve(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw the error among the most confident images against how many are kept.

    Args:
        frame: rows of ``risk_coverage``; clean images give solid lines, corrupted ones dashed lines.
        ax: where to draw.
        styles: the look of each model; by order of appearance if None.
    """
    styles = styles or looks(frame["model"])
    labels = short_names(frame["model"], 20)
    for (model, group), rows in frame.groupby(["model", "group"], sort=False, observed=True):
        color = styles[str(model)].color
        label = f"{labels[str(model)]}, {group} images" if len(labels) > 1 else f"{group} images"
        ax.fill_between(rows["coverage"], rows["low"], rows["high"], color=color, alpha=_BAND, linewidth=0)
        ax.plot(
            rows["coverage"],
            rows["value"],
            color=color,
            linestyle="-" if group == "clean" else "--",
            label=label,
        )
    _share_axis(ax, "x", "coverage: share of images kept, most confident first")
    settled = frame.loc[frame["coverage"] >= _SETTLED, "high"].max()  # the first few images leave everything open
    ax.set_ylim(0, min(max(1.25 * frame["value"].max(), settled, 0.01), 1.02))
    ax.set_ylabel("risk: error among the kept")
    plain_legend(ax.legend(loc="upper left"))
    return ax


def _share_axis(ax: "Axes", which: str, label: str) -> None:
    """Give a share its honest axis: the whole of 0 to 1."""
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1]
    if which == "x":
        ax.set(xlim=(0, 1), xticks=ticks, xlabel=label)
    else:
        ax.set(ylim=(0, 1), yticks=ticks, ylabel=label)


def _luminance(color: Sequence[float]) -> float:
    """Return the relative luminance of an sRGB colour; near 0.18 black and white text read equally well.

    Reference: W3C, Web Content Accessibility Guidelines 2.2, "relative luminance".
    """
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
