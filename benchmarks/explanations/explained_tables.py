"""From maps and their checks to tables: a row per image and method, figures with intervals, agreement, errors."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.explanations.explaining import CHECKS, Explained
from benchmarks.explanations.methods import CONTROL
from benchmarks.explanations.sensitivity import SENSITIVITY
from benchmarks.metrics import bootstrap, resample_counts, resamples_for
from benchmarks.summary.figures import FIGURE, resampled, tidy
from xai.faithfulness import rank_correlation

__all__ = ["agreement_table", "dissection_table", "explanation_rows", "image_maps", "map_agreements", "summary_table"]

SUMMARY = ["model", "group", "method", "metric", *FIGURE]
AGREEMENT = ["model", "method", "other", "metric", *FIGURE]

Array = npt.NDArray[np.float64]

_GROUPS = {"random": "at_random", "confidently_wrong": "confidently_wrong"}
_MEDIANS = ("sensitivity", "relative_gap")  # quotients, whose means a few small denominators decide
_WORDS = {
    "insertion_blurred": "area under the target's probability as pixels come back, blurred baseline",
    "deletion_blurred": "area under the target's probability as pixels go, blurred baseline",
    "insertion_mean_colour": "area under the target's probability as pixels come back, baseline of the mean colour",
    "deletion_mean_colour": "area under the target's probability as pixels go, baseline of the mean colour",
    "sensitivity": "largest relative change of the map under noise of 0.02, 4 draws",
    "randomised_correlation": "rank correlation with the map of the same network with shuffled parameters",
    "relative_gap": "distance of the map's sum from what it promises, over the difference of logits",
}


def explanation_rows(explained: Explained, known: pd.DataFrame) -> pd.DataFrame:
    """One row per image and method, for the predicted class: what was answered, the checks, and what else is known.

    Args:
        explained: maps of one model.
        known: of :func:`benchmarks.explanations.sensitivity.image_sensitivity`, for the same images.
    """
    task = explained.task
    images = task.chosen[["image_id", "label_name", "prediction_name", "correct", "max_probability"]]
    images = images.assign(at_random=task.chosen["at_random"], confidently_wrong=task.chosen["confidently_wrong"])
    images.insert(0, "model", task.name)
    count = len(images)
    parts = [
        pd.concat([images, made.checks.iloc[:count].reset_index(drop=True)], axis=1).assign(method=name)
        for name, made in explained.methods.items()
    ]
    rows = pd.concat(parts, ignore_index=True) if parts else images.iloc[:0].assign(method="").reindex()
    rows = rows.merge(known, on="image_id", how="left")
    return rows.reindex(columns=["model", "image_id", "method", *images.columns[2:], *CHECKS, *SENSITIVITY[1:]])


def summary_table(rows: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Every check of every method, over images at random and over confident errors, with intervals.

    Args:
        rows: of :func:`explanation_rows`, of any number of models.
        seed: of the bootstrap over images, which all methods share.
    """
    return tidy(_summary(rows, seed), SUMMARY)


def _summary(rows: pd.DataFrame, seed: int) -> Iterator[dict[str, Any]]:
    for model, of_model in rows.groupby("model", sort=False, observed=True):
        for group, column in _GROUPS.items():
            own = of_model[of_model[column].astype(bool)]
            counts = resample_counts(own["image_id"].nunique(), resamples_for(len(own)), seed)
            for method, of_method in own.groupby("method", sort=False, observed=True):
                for metric in CHECKS:
                    values = of_method[metric].to_numpy(dtype=np.float64)
                    if not np.isnan(values).all():
                        kind = "median" if metric in _MEDIANS else "mean"
                        figure = _middle(values, counts, kind, f"{kind} over images: {_WORDS[metric]}")
                        yield {"model": model, "group": group, "method": method, "metric": metric} | figure


def map_agreements(explained: Explained) -> dict[tuple[str, str], Array]:
    """Rank correlation between the maps of every two methods, (N,) for the predicted classes; controls left out."""
    count = len(explained.task.chosen)
    maps = {name: made.maps[:count] for name, made in explained.methods.items() if name != CONTROL}
    return {
        (first, second): rank_correlation(maps[first], maps[second]).numpy() for first, second in combinations(maps, 2)
    }


def image_maps(explained: Explained) -> pd.DataFrame:
    """What the maps of every explained image have in common, for the predicted class.

    Returns:
        ``image_id``; ``beside`` as :func:`~benchmarks.explanations.choosing.choose_images` says; ``map_agreement``, the
        mean rank correlation between the maps of two methods; and ``map_area``, the share of the pixels that maps use,
        (sum |m|)^2 / (HW sum m^2), mean over methods: 1 where all pixels count alike.
    """
    count = len(explained.task.chosen)
    maps = [made.maps[:count].flatten(1).double() for name, made in explained.methods.items() if name != CONTROL]
    areas = [one.abs().sum(1) ** 2 / (one.shape[1] * one.square().sum(1)) for one in maps]
    agreements, nothing = list(map_agreements(explained).values()), np.full(count, np.nan)
    frame = explained.task.chosen[["image_id", "beside"]].reset_index(drop=True)
    return frame.assign(
        map_agreement=np.mean(agreements, axis=0) if agreements else nothing,
        map_area=np.nanmean(np.stack([area.numpy() for area in areas]), axis=0) if areas else nothing,
    )


def agreement_table(every: Sequence[Explained], *, seed: int) -> pd.DataFrame:
    """How much the maps of every two methods agree on images at random, with intervals."""
    return tidy((row for explained in every for row in _agreements(explained, seed)), AGREEMENT)


def _agreements(explained: Explained, seed: int) -> Iterator[dict[str, Any]]:
    task = explained.task
    random = task.chosen["at_random"].to_numpy(dtype=bool)
    counts = resample_counts(int(random.sum()), resamples_for(int(random.sum())), seed)
    for (first, second), values in map_agreements(explained).items():
        note = "mean over images of Spearman's rank correlation between the pixels of two maps"
        head = {"model": task.name, "method": first, "other": second}
        yield head | {"metric": "rank_correlation"} | _middle(values[random], counts, "mean", note)


def dissection_table(explained: Explained, known: pd.DataFrame) -> pd.DataFrame:
    """One row per confident error and method: maps for the predicted and the true class compared.

    Args:
        explained: maps of one model.
        known: of :func:`benchmarks.explanations.sensitivity.image_sensitivity`, for the same images.

    Returns:
        What was answered, the correlation of both maps, the checks of both, and what else is known of the image.
    """
    task = explained.task
    truth = np.flatnonzero(task.asks["kind"] == "label")
    rows = task.asks["row"].to_numpy()[truth]
    images = task.chosen.iloc[rows][["image_id", "label_name", "prediction_name", "max_probability"]]
    images = images.reset_index(drop=True).merge(known, on="image_id", how="left")
    images.insert(0, "model", task.name)
    parts = [images.iloc[:0].assign(method="")]
    for name, made in explained.methods.items():
        columns: dict[str, Any] = {"method": name}
        columns["map_correlation"] = rank_correlation(made.maps[rows], made.maps[truth]).numpy()
        for check in CHECKS[:2]:
            columns[f"{check}_predicted"] = made.checks[check].to_numpy()[rows]
            columns[f"{check}_true"] = made.checks[check].to_numpy()[truth]
        parts.append(images.assign(**columns))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def _middle(values: Array, counts: npt.NDArray[np.uint8], kind: str, convention: str) -> dict[str, Any]:
    """Mean or median of the values that there are, with the interval of the resamples."""
    defined = ~np.isnan(values)
    there = values[defined]

    def statistic(weights: Array) -> Array:
        return _medians(there, weights[:, defined]) if kind == "median" else _means(there, weights[:, defined])

    value = float(statistic(np.ones((1, len(values))))[0])
    return resampled(value, bootstrap(statistic, counts), len(there), convention)._asdict()


def _means(values: Array, weights: Array) -> Array:
    with np.errstate(invalid="ignore"):
        means: Array = weights @ values / weights.sum(axis=1)
    return means


def _medians(values: Array, weights: Array) -> Array:
    """(b,) weighted medians, the lower one of two; infinite values take part. NaN without weight."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[:, order], axis=1)
    middle = (reached >= reached[:, -1:] / 2).argmax(axis=1)
    return np.where(reached[:, -1] > 0, values[order][middle], np.nan)
