"""The audit in plain words: what was found, and what it does not prove."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup

from reports.glossary import condition_label
from reports.tables import NO_BREAK, each_row, format_count
from reports.views import clipped

__all__ = ["LIMITS", "conventions", "limits", "percent", "summary"]

_CONVENTION = 240  # characters of one: what was computed, on which images, and how its interval was made

_IMAGES_ALONE = "Intervals cover the choice of images, nothing else."

LIMITS: tuple[tuple[str, str], ...] = (
    (
        "Only these images.",
        "The figures describe this folder. Another camera, place, season or user can give other figures.",
    ),
    (
        "The labels are taken as true.",
        "A wrong label counts as an error of the classifier. Wrong labels gather among the most confident "
        "errors: look at them.",
    ),
    (
        "Overlap with training data is not detected.",
        "If the classifier was trained or selected on these images, every figure is too good.",
    ),
    (
        "Corruptions are synthetic.",
        "They are made from clean images by formula. Doing well on them does not promise the same under real "
        "fog or a worn lens, nor under a corruption that was not tried.",
    ),
    (
        _IMAGES_ALONE,
        "They hold the weights fixed: another training seed can move a figure by more than its interval.",
    ),
    (
        "Many figures are shown at once.",
        "About one 95 % interval in twenty misses its target. The worst class and the worst corruption are "
        "picked because they look bad, and tend to look better on new images.",
    ),
    (
        "Overlapping intervals do not mean equal models.",
        "Models answer the same images, so their difference is sharper than two separate intervals suggest.",
    ),
)

_NOT_COVERED = "mages of no known class, fairness between groups of people, fitness for a use."


def limits(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, str]]:
    """What the page does not prove, as claims with their reasons.

    Args:
        tables: tidy frames by name; those that are there decide what was covered. A comparison of recipes has
            intervals over training seeds too.

    Example:
        >>> len(limits({})) - len(limits({"augmentations": pd.DataFrame()}))
        1
    """
    always = [one for one in LIMITS if "augmentations" not in tables or one[0] != _IMAGES_ALONE]
    attacks = tables.get("errors_attacks")
    if attacks is None or attacks.empty:
        return [*always, ("Not covered.", f"Adversarial inputs, i{_NOT_COVERED}")]
    attacked = (
        "Attacks bound the harm from below.",
        "What they did not find, a stronger attack may. Other norms, larger changes and other images were not tried.",
    )
    return [*always, attacked, ("Not covered.", f"I{_NOT_COVERED}")]


def percent(value: float, low: float = math.nan, high: float = math.nan) -> str:
    r"""Write a share as percent, with its interval if there is one.

    >>> percent(0.9712, 0.9584, 0.9801), percent(0.5)
    ('97.1\xa0% [95.8, 98.0]', '50.0\xa0%')
    """
    interval = f" [{100 * low:.1f}, {100 * high:.1f}]" if math.isfinite(low) and math.isfinite(high) else ""
    return f"{100 * value:.1f}{NO_BREAK}%{interval}"


def summary(tables: Mapping[str, pd.DataFrame]) -> list[Markup]:
    """Say the main findings, one paragraph per model (at most six).

    Args:
        tables: tidy frames by name; sentences whose figures are absent are left out.

    Returns:
        HTML-safe paragraphs.
    """
    headline = tables.get("headline")
    if headline is None or headline.empty:
        return []
    models = list(headline["model"].drop_duplicates())
    paragraphs = [_paragraph(str(model), tables, several=len(models) > 1) for model in models[:6]]
    if len(models) > 6:
        paragraphs.append(Markup("{} more models stand in the table below.").format(len(models) - 6))
    return paragraphs


def _paragraph(model: str, tables: Mapping[str, pd.DataFrame], *, several: bool) -> Markup:
    rows = tables["headline"]
    found = {str(row.metric): row for row in each_row(rows[rows["model"] == model]) if math.isfinite(row.value)}
    sentences = [_clean(found), _corrupted(model, found, tables), _worst_class(model, tables), _trust(found)]
    lead = Markup("<strong><bdi>{}</bdi></strong>: ").format(clipped(model)) if several else Markup("")
    return lead + Markup(" ").join(sentence for sentence in sentences if sentence)


def _clean(found: Mapping[str, Any]) -> Markup | None:
    row = found.get("accuracy")
    if row is None:
        return None
    said = percent(row.value, row.low, row.high)
    return Markup("Of {} images, <strong>{}</strong> are classified correctly.").format(format_count(row.n), said)


def _corrupted(model: str, found: Mapping[str, Any], tables: Mapping[str, pd.DataFrame]) -> Markup | None:
    row, frame = found.get("mean_corruption_error"), tables.get("corruptions")
    if row is None:
        return None
    said = percent(row.value, row.low, row.high)
    if frame is None or frame.empty:
        return Markup("Under corruption the mean error is <strong>{}</strong>.").format(said)
    mine = frame[(frame["model"] == model) & (frame["metric"] == "mean_error") & frame["value"].notna()]
    if len(mine) < 2:
        return Markup("Under corruption the mean error is <strong>{}</strong>.").format(said)
    worst = mine.sort_values("value").iloc[-1]
    return Markup(
        "Under {} corruptions the mean error is <strong>{}</strong>; <bdi>{}</bdi> hurts most, with {} wrong."
    ).format(len(mine), said, clipped(condition_label(str(worst["condition_name"]))), percent(worst["value"]))


def _worst_class(model: str, tables: Mapping[str, pd.DataFrame]) -> Markup | None:
    frame = tables.get("classes")
    if frame is None or frame.empty:
        return None
    mine = frame[(frame["model"] == model) & (frame["metric"] == "accuracy") & frame["value"].notna()]
    if len(mine) < 2:
        return None
    worst = mine.iloc[0]
    said = percent(worst["value"], worst["low"], worst["high"])
    return Markup("The weakest class is “<bdi>{}</bdi>” with {} of its {} images correct.").format(
        clipped(worst["class_name"], 60), said, format_count(worst["n"])
    )


def _trust(found: Mapping[str, Any]) -> Markup | None:
    """Say what confidence is worth."""
    parts = []
    if "ece" in found:
        parts.append(
            Markup("confidence and accuracy differ by {} points on average").format(f"{100 * found['ece'].value:.1f}")
        )
    if "auroc" in found:
        parts.append(
            Markup("a correct prediction carries more confidence than a wrong one in {} of pairs").format(
                percent(found["auroc"].value)
            )
        )
    if not parts:
        return None
    said = Markup(", and ").join(parts)
    return Markup("On clean images, {}.").format(said)


def conventions(tables: Mapping[str, pd.DataFrame]) -> list[tuple[str, list[str]]]:
    """List how each metric was counted: (metric, its conventions), without repeats, at most 40 metrics.

    >>> conventions({"headline": pd.DataFrame({"metric": ["ece"], "convention": ["15 bins"]})})
    [('ece', ['15 bins'])]
    """
    found: dict[str, list[str]] = {}
    for frame in tables.values():
        if "convention" in frame and "metric" in frame:
            for metric, convention in frame[["metric", "convention"]].drop_duplicates().itertuples(index=False):
                known = found.setdefault(str(metric), [])
                if isinstance(convention, str) and convention and convention not in known:
                    known.append(clipped(convention, _CONVENTION))
    return [(metric, said[:6]) for metric, said in found.items() if said][:40]
