"""Plots of error detection: scores side by side, what they let through, and how they fare under attack.

Nothing is computed here: every figure is a row of a tidy frame with its interval.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from reports.scores import adversary_label, score_label
from reports.style import INK, Look, looks, plain_legend, shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["attack_curves", "score_curves", "score_forest"]

_BAND = 0.14  # opacity of an interval band: two may overlap and still be told apart
_SETTLED = 0.1  # coverage from which on the band decides the height of the risk axis


def score_forest(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw the AUROC of every score with its interval, populations side by side in each row.

    Args:
        frame: rows of ``errors`` with metric ``auroc`` of one model; undefined ones are left out.
        ax: where to draw.
        styles: the look of each population; by order of appearance if None.
    """
    styles = styles or looks(frame["population"])
    names = list(frame["score"].drop_duplicates())
    step = 0.66 / max(len(styles), 1)
    for rank, (population, look) in enumerate(styles.items()):
        rows = frame[(frame["population"] == population) & frame["value"].notna()]
        places = [names.index(name) + (rank + 0.5) * step - 0.33 for name in rows["score"]]
        ax.hlines(places, rows["low"], rows["high"], color=look.color, linewidth=1.6)
        ax.plot(rows["value"], places, color=look.color, marker=look.marker, linestyle="", label=shown(population))
    ax.axvline(0.5, color=INK, linestyle=(0, (4, 3)), linewidth=1)
    ax.set_yticks(range(len(names)), [shown(score_label(str(name)), 26) for name in names], parse_math=False)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(min(0.45, frame["low"].min() - 0.02) if frame["low"].notna().any() else 0, 1.005)
    ax.set_xlabel("AUROC, 95 % interval")
    ax.grid(visible=False, axis="y")
    if len(styles) > 1:
        plain_legend(ax.figure.legend(loc="outside upper center", ncols=3))
    return ax


def score_curves(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw the error among the rows kept against how many are kept, one line for each score.

    The first and the last score have interval bands; more would hide each other.

    Args:
        frame: rows of ``errors_curves`` of one model and population.
        ax: where to draw.
        styles: the look of each score; by order of appearance if None.
    """
    styles = styles or looks(frame["score"])
    banded = {frame["score"].iloc[0], frame["score"].iloc[-1]}
    for name, rows in frame.groupby("score", sort=False, observed=True):
        look, label = styles[str(name)], shown(score_label(str(name)))
        if name in banded:
            ax.fill_between(rows["coverage"], rows["low"], rows["high"], color=look.color, alpha=_BAND, linewidth=0)
        ax.plot(rows["coverage"], rows["value"], color=look.color, linestyle=look.line, label=label)
    settled = frame.loc[frame["coverage"] >= _SETTLED, "high"].max()
    ax.set_ylim(0, min(max(1.1 * frame["value"].max(), settled, 0.01), 1.02))
    ax.set(xlim=(0, 1), xticks=[0, 0.2, 0.4, 0.6, 0.8, 1], xlabel="coverage: share of rows kept, surest first")
    ax.set_ylabel("risk: error among the kept")
    plain_legend(ax.legend(loc="upper left"))
    return ax


def attack_curves(frame: pd.DataFrame, ax: "Axes", *, styles: Mapping[str, Look] | None = None) -> "Axes":
    """Draw detection against the size of the perturbation, one line for each score and adversary.

    Solid lines are adversaries that know the score, dashed ones those that do not.

    Args:
        frame: rows of ``errors_attacks`` with metric ``auroc`` of one model.
        ax: where to draw.
        styles: the look of each score; by order of appearance if None.
    """
    styles = styles or looks(frame["score"])
    for (name, adversary), rows in frame.groupby(["score", "adversary"], sort=False, observed=True):
        look, known = styles[str(name)], rows[rows["value"].notna()].sort_values("eps")
        label = f"{shown(score_label(str(name)))}: {adversary_label(str(adversary))}"
        line = "-" if adversary == "aware" else "--"
        ax.vlines(known["eps"], known["low"], known["high"], color=look.color, linewidth=1.2, alpha=0.7)
        ax.plot(known["eps"], known["value"], color=look.color, marker=look.marker, linestyle=line, label=label)
    ax.axhline(0.5, color=INK, linestyle=(0, (1, 3)), linewidth=1)
    ax.set(ylim=(-0.02, 1.02), yticks=[0, 0.2, 0.4, 0.6, 0.8, 1], ylabel="AUROC: adversarial against clean")
    ax.set_xlabel("largest change of a pixel (0 to 1)")
    ax.set_xlim(left=0)
    plain_legend(ax.legend(loc="upper center", bbox_to_anchor=(0.45, -0.16), fontsize=8))
    return ax
