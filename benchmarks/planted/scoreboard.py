"""The scoreboard: attribution methods against questions whose answers are known.

A question names a region of the image and says whether an explanation must point there. The answers come from
measured reliance, not from the design: a planted shortcut that the network ignores must not be pointed at.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from benchmarks.metrics import bootstrap, percentile_interval, resample_counts, resamples_for
from benchmarks.planted.attributes import ATTRIBUTES, REGIONS
from benchmarks.planted.judging import MEASURES, random_maps
from benchmarks.planted.reach import attribute_reach
from benchmarks.planted.rendering import Scene, render_masks
from benchmarks.summary.figures import FIGURE, resampled

__all__ = ["SCOREBOARD", "Question", "ask_questions", "needed_ratio", "scoreboard"]

SCOREBOARD = ["method", "question", "expected", "measure", *FIGURE, "area", "ratio", "ratio_low", "ratio_high"]
SCOREBOARD += ["needed", "verdict"]
"""Columns of the scoreboard."""

_USED, _UNUSED = 0.10, 0.05  # decisions that hang on a region: more than this, less than this
_MOST_NEEDED = 3.0
_WORDS = {
    "positive_mass": "share of positive attribution in the region",
    "absolute_mass": "share of absolute attribution in the region",
    "pointing": "largest attribution in the region, ties at random",
}

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Question:
    """Is this region pointed at?

    Attributes:
        name: for people, such as ``marker``.
        masks: (N, H, W) bool, the region in each image.
        expected: True if the region holds what the decision rests on, False if it holds nothing of it.
    """

    name: str
    masks: Tensor
    expected: bool


def ask_questions(
    reliance: pd.DataFrame, attributes: pd.DataFrame, scene: Scene, *, device: torch.device | str = "cpu"
) -> list[Question]:
    """Turn measured reliance into questions about images.

    An attribute is used if resampling it changes more than 10 % of decisions, unused if less than 5 %, by the ends of
    the intervals. A region with used attributes must be pointed at: its own pixels and all where these can act. A
    region whose attributes are all unused must not be: its own pixels, less those where a used attribute can act.

    Args:
        reliance: from :func:`~benchmarks.planted.reliance.measure_reliance`.
        attributes: N rows, the images that the maps explain.
        scene: how they are rendered.
        device: where the masks shall lie.

    Returns:
        At most one question per region; none for a region that is neither used nor unused, or where a used attribute
        can act everywhere.
    """
    rows = reliance.set_index("attribute")
    used = [name for name in rows.index if rows.loc[name, "low"] > _USED]
    reaches = {name: attribute_reach(attributes, scene, name, device=device) for name in used}
    masks, questions = render_masks(attributes, scene, device=device), []
    anywhere = reduce(torch.logical_or, reaches.values(), torch.zeros_like(masks["shape"]))
    for region in REGIONS:
        own = [name for name in rows.index if ATTRIBUTES[name].regions == (region,)]
        causes = [reaches[name] for name in own if name in used]
        if causes:
            questions.append(
                Question(name=region, masks=reduce(torch.logical_or, causes, masks[region]), expected=True)
            )
        elif (rows.loc[own, "high"] < _UNUSED).all() and (masks[region] & ~anywhere).any():
            questions.append(Question(name=region, masks=masks[region] & ~anywhere, expected=False))
    return questions


def needed_ratio(area: float, causes: int = 1) -> float:
    """From which multiple of its area share a region counts as pointed at.

    Three times, or less where the image holds no more: a region that is one of several causes must get half of an
    equal part of what lies beyond chance.

    Args:
        area: the region's share of the image.
        causes: regions that the map may spread over.

    Example:
        >>> needed_ratio(1 / 64), needed_ratio(0.5), needed_ratio(0.5, causes=2)
        (3.0, 1.5, 1.25)
    """
    return min(_MOST_NEEDED, 1 + (1 / area - 1) / (2 * causes)) if area > 0 else _MOST_NEEDED


def scoreboard(methods: Mapping[str, Tensor], questions: Sequence[Question], *, seed: int = 0) -> pd.DataFrame:
    """Score every method on every question, and random maps beside them.

    All figures rest on the same resamples of the images, so they are paired. A verdict is ``right`` or ``wrong`` where
    the whole interval of the ratio lies on one side of what is needed, ``open`` where it does not, and ``undefined``
    where no map has a score.

    Args:
        methods: (N, H, W) signed maps of the same N images for each method.
        questions: regions of these images.
        seed: of the bootstrap and of the random maps.

    Returns:
        A row per method, question and measure, columns :data:`SCOREBOARD`: ``value`` with ``low`` and ``high`` is the
        mean score of ``n`` images, ``area`` the mean area share and chance, ``ratio`` their quotient.

    Raises:
        ValueError: maps and masks of other shapes, or a method called ``random``.
    """
    if "random" in methods:
        raise ValueError("expected no method called `random`, got one; the name is taken by the baseline")
    causes = max(1, sum(question.expected for question in questions))
    rows = [row for question in questions for row in _answers(methods, question, causes, seed)]
    return pd.DataFrame(rows, columns=SCOREBOARD)


def _answers(methods: Mapping[str, Tensor], question: Question, causes: int, seed: int) -> Iterator[dict[str, Any]]:
    n = len(question.masks)
    counts = resample_counts(n, resamples_for(n), seed)
    areas = question.masks.cpu().double().mean((1, 2)).numpy()
    causes = causes if question.expected else 1
    generator = torch.Generator().manual_seed(seed)
    for method, maps in {**methods, "random": random_maps(question.masks, generator=generator)}.items():
        head = {"method": method, "question": question.name, "expected": question.expected}
        for measure, score in MEASURES.items():
            figures = _figures(score(maps, question.masks).numpy(), areas, counts, _WORDS[measure])
            needed = needed_ratio(figures["area"], causes)
            verdict = _verdict(figures, needed, expected=question.expected)
            yield {**head, "measure": measure, **figures, "needed": needed, "verdict": verdict}


def _figures(scores: Array, areas: Array, counts: npt.NDArray[np.uint8], convention: str) -> dict[str, Any]:
    """Mean score and its multiple of the mean area, over the images that have a score and the region."""
    defined = ~np.isnan(scores) & (areas > 0)
    scores, areas = scores[defined], areas[defined]

    def statistic(weights: Array) -> Array:
        taken = weights[:, defined]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, area = taken @ scores / taken.sum(1), taken @ areas / taken.sum(1)
            return np.stack([mean, area, mean / area], axis=1)

    value, area, ratio = (float(one) for one in statistic(np.ones((1, len(defined))))[0])
    samples = bootstrap(statistic, counts)
    low, high = percentile_interval(samples[:, 2], ratio)
    figure = resampled(value, samples[:, 0], len(scores), convention)
    return {**figure._asdict(), "area": area, "ratio": ratio, "ratio_low": low, "ratio_high": high}


def _verdict(figures: Mapping[str, float], needed: float, *, expected: bool) -> str:
    low, high = figures["ratio_low"], figures["ratio_high"]
    if np.isnan(low):
        return "undefined"
    if low < needed <= high:
        return "open"
    return "right" if (low >= needed) == expected else "wrong"
