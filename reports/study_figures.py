"""The figure of a study of many classifiers: what the detector gains on each of them, over each other score."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from reports.figures import Plan
from reports.scores import score_label
from reports.style import INK, looks, plain_legend, shown
from reports.tables import each_row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["gain_dots", "plan_study_figures"]

_WIDE = 4.7  # inches, as for the other figures with long labels
_ROWS = 40
_SPREAD = 0.6  # of a row that its dots take


def plan_study_figures(tables: Mapping[str, pd.DataFrame]) -> list[Plan]:
    """The gains on clean and mildly corrupted images of the first forty classifiers, if there are any."""
    table = tables.get("error_study")
    if table is None:
        return []
    gains = table[(table["metric"] == "auroc_gain") & (table["population"] == "mild") & table["value"].notna()]
    gains = gains[gains["classifier"].isin(gains["classifier"].drop_duplicates().head(_ROWS))]
    if gains.empty:
        return []
    over = gains[gains["against"] == gains["against"].iloc[0]]
    said = "; ".join(f"{shown(row.classifier, 40)} {row.value:+.3f}" for row in each_row(over.head(20)))
    title = "AUROC that the learned detector gains, classifier by classifier"
    return [
        Plan(
            name="study_gains",
            section="study",
            title=title,
            alt=f"{title}, over {score_label(str(gains['against'].iloc[0]))}: {said}.",
            size=(_WIDE, 1.5 + 0.36 * gains["classifier"].nunique()),
            draw=partial(gain_dots, gains),
        )
    ]


def gain_dots(frame: pd.DataFrame, ax: "Axes") -> "Axes":
    """Draw gains with intervals: a row for each classifier, a colour for each score that the detector is held against.

    Args:
        frame: rows of ``error_study`` with metric ``auroc_gain``: ``classifier``, ``group``, ``against`` and figures.
        ax: where to draw.
    """
    classifiers = frame[["classifier", "group"]].drop_duplicates("classifier")
    places = {name: place for place, name in enumerate(classifiers["classifier"])}
    rivals = list(frame["against"].drop_duplicates())
    step = _SPREAD / len(rivals)
    for rank, (rival, look) in enumerate(looks(rivals).items()):
        rows = frame[frame["against"] == rival]
        heights = [places[name] - _SPREAD / 2 + (rank + 0.5) * step for name in rows["classifier"]]
        ax.hlines(heights, rows["low"], rows["high"], color=look.color, linewidth=1.4)
        ax.plot(rows["value"], heights, look.marker, color=look.color, label=f"over {score_label(rival)}")
    labels = [_label(str(row.classifier), str(row.group)) for row in each_row(classifiers)]
    ax.set_yticks(range(len(labels)), labels, parse_math=False)
    ax.set_ylim(len(labels) - 0.4, -0.6)
    ax.axvline(0, color=INK, linewidth=1)
    ax.set_xlabel("AUROC gained, 95 % interval")
    ax.grid(visible=False, axis="y")
    plain_legend(ax.figure.legend(loc="outside upper left", ncols=1))
    return ax


def _label(classifier: str, group: str) -> str:
    return shown(classifier, 34) if group == "counted" else f"({shown(classifier, 32)})"
