"""What participants answered, as figures: do they recognise attributes, and do they call them the same?

Single shares count answers as independent and have Wilson's interval. Answers of one participant go together, so means
over participants stand beside, with participants resampled.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.metrics import bootstrap, resample_counts, resamples_for
from benchmarks.summary.figures import FIGURE, Figure, rate, resampled, tidy

__all__ = ["SCORES", "content_words", "score_answers"]

SCORES = ["test", "attribute", "metric", "word", *FIGURE]
"""Columns; ``attribute`` is 0 in rows over all attributes."""

_ALL = 0
_FEWEST = 3  # participants: resampling two says nothing
# Words that describe no change.
_EMPTY = frozenset(
    {
        *("a", "an", "the", "it", "its", "this", "that", "of", "in", "on", "at", "to", "from", "with", "and", "or"),
        *("is", "are", "be", "more", "less", "change", "changes", "changed", "changing"),
    }
)

Array = npt.NDArray[np.float64]


def content_words(description: str) -> frozenset[str]:
    """The words of a description that say something: lower case, without a plural s, ``the``, ``more`` and the like.

    Example:
        >>> sorted(content_words("The Stripes, more dark"))
        ['dark', 'stripe']
    """
    words = re.findall(r"[^\W\d_]+", description.lower())
    return frozenset(_singular(word) for word in words if word not in _EMPTY)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def score_answers(answers: pd.DataFrame, key: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Score checked answers.

    Args:
        answers: of :func:`benchmarks.stylex.user_study_answers.read_answers`.
        key: of the study.
        seed: of the bootstrap.

    Returns:
        Columns :data:`SCORES`: shares of right choices, of all and of each attribute, where guessing gives .5; of each
        attribute the share of participants with its most common word; and agreement, the share of pairs of
        participants whose descriptions of an attribute have a word in common, beside that of different attributes.
    """
    joined = answers.merge(key[["question", "test", "right", "attribute"]], on="question")
    chosen = joined[joined["test"] == "classification"]
    described = joined[joined["test"] == "description"]
    rows: list[dict[str, Any]] = []
    for test, figures in (
        ("classification", _classification(chosen, seed) if len(chosen) else ()),
        ("description", _description(described, seed) if len(described) else ()),
    ):
        for attribute, metric, word, figure in figures:
            rows.append({"test": test, "attribute": attribute, "metric": metric, "word": word, **figure._asdict()})
    return tidy(rows, SCORES)


_Scored = Iterator[tuple[int, str, str, Figure]]


def _classification(chosen: pd.DataFrame, seed: int) -> _Scored:
    right = (chosen["answer"] == chosen["right"]).astype(float)
    note = "choices answered as the key has it, guessing gives .5"
    yield _ALL, "share_right", "", rate(right.sum(), len(right), note)
    means = right.groupby(chosen["participant"]).mean().to_numpy()
    value, draws = float(means.mean()), _draws(len(means), seed)
    samples = bootstrap(lambda weights: weights @ means / weights.sum(axis=1), draws)
    yield _ALL, "mean_share_right", "", _of_participants(value, samples, len(means), "mean over participants")
    for attribute, own in right.groupby(chosen["attribute"]):
        yield int(str(attribute)), "share_right", "", rate(own.sum(), len(own), note)


def _description(described: pd.DataFrame, seed: int) -> _Scored:
    words = described["answer"].map(content_words)
    attributes = sorted(described["attribute"].unique())
    participants = sorted(described["participant"].unique())
    said = dict(zip(zip(described["attribute"], described["participant"], strict=True), words, strict=True))
    for attribute in attributes:
        own = [said[attribute, one] for one in participants if (attribute, one) in said]
        counts = Counter(word for one in own for word in one)
        word = min(counts, key=lambda one: (-counts[one], one), default="")
        note = "participants with the most common word, which these answers chose"
        yield int(attribute), "common_word", word, rate(counts[word], len(own), note)
    draws = _draws(len(participants), seed)
    shared = {(a, b): _shared(said, a, b, participants) for a in attributes for b in attributes}
    for attribute in attributes:
        figure = _agreement([shared[attribute, attribute]], draws, "pairs of participants with a word in common")
        yield int(attribute), "agreement", "", figure
    same = [shared[attribute, attribute] for attribute in attributes]
    note = "pairs of participants with a word in common, mean over attributes"
    yield _ALL, "agreement", "", _agreement(same, draws, note)
    if len(attributes) > 1:
        different = [pairs for (a, b), pairs in shared.items() if a != b]
        note = "pairs of participants with a word in common, each about another attribute: the control"
        yield _ALL, "agreement_across", "", _agreement(different, draws, note)


def _shared(said: dict[tuple[Any, Any], frozenset[str]], a: Any, b: Any, participants: list[Any]) -> Array:
    """(P, P) 1 where two participants have a word in common, NaN where one said nothing or both are the same."""
    pairs = np.full((len(participants),) * 2, np.nan)
    for p, one in enumerate(participants):
        for q, other in enumerate(participants):
            if p != q and (a, one) in said and (b, other) in said:
                pairs[p, q] = bool(said[a, one] & said[b, other])
    return pairs


def _agreement(pairs: list[Array], draws: npt.NDArray[np.uint8], convention: str) -> Figure:
    known = np.sum([~np.isnan(one) for one in pairs], axis=0).astype(float)
    hits = np.sum([np.nan_to_num(one) for one in pairs], axis=0)

    def statistic(weights: Array) -> Array:
        with np.errstate(invalid="ignore"):
            found: Array = _quadratic(weights, hits) / _quadratic(weights, known)
        return found

    value = float(statistic(np.ones((1, len(hits))))[0])
    return _of_participants(value, bootstrap(statistic, draws), len(hits), convention)


def _quadratic(weights: Array, matrix: Array) -> Array:
    found: Array = np.einsum("bp,pq,bq->b", weights, matrix, weights)
    return found


def _draws(participants: int, seed: int) -> npt.NDArray[np.uint8]:
    return resample_counts(participants, resamples_for(participants), seed)


def _of_participants(value: float, samples: Array, participants: int, convention: str) -> Figure:
    if participants < _FEWEST:
        nan = float("nan")
        return Figure(value, nan, nan, participants, f"{convention}; too few participants for an interval")
    figure = resampled(value, samples, participants, convention)
    return figure._replace(convention=figure.convention.replace("over images", "over participants"))
