"""Which factor do confidently wrong images lack, and which do they exaggerate, against correct images of their class?

What the layer sees of an attribute is read from its factor by a linear probe. A reading is counted in standard
deviations of the correct images of the same true class, so that a class that is small or red by nature is held
against itself.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.concepts.attributes import CLASS, Attribute
from benchmarks.concepts.measuring import Question
from benchmarks.images.groups import confidently_wrong
from benchmarks.metrics import bootstrap, resample_counts, resamples_for
from benchmarks.summary.figures import FIGURE, resampled
from xai.iin import InterpretationNetwork

__all__ = ["WRONG", "reading_table", "wrong_rows"]

WRONG = ["factor", "reading", *FIGURE, "correct", "finding"]
"""Columns of the comparison; ``n`` counts wrong images, ``correct`` those they are held against."""

_PENALTY = 1e-3  # of ridge regression, as a fraction of the number of images
_MOST_READINGS = 6  # of one factor
_FEWEST = 5  # images of either kind
_CONVENTION = (
    "mean reading of confidently wrong images (the more confident half of the wrong ones), in standard deviations of "
    "correct images of the same true class"
)

Array = npt.NDArray[np.float64]


def wrong_rows(
    question: Question, network: InterpretationNetwork, answers: pd.DataFrame, rows: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """Hold confidently wrong images against correct ones of their class, factor by factor.

    Args:
        question: features and attributes.
        network: the map from features to factors.
        answers: of some images: ``label``, ``correct``, ``max_probability``.
        rows: the row of the features for each of them.

    Returns:
        Columns :data:`WRONG`; none where there are fewer than five such images, or correct ones of their classes.
    """
    wrong, labels = confidently_wrong(answers), answers["label"].to_numpy(np.int64)
    correct = answers["correct"].to_numpy(bool) & np.isin(labels, labels[wrong])
    wrong &= np.array([np.sum(correct & (labels == label)) > 1 for label in labels], dtype=bool)
    if min(wrong.sum(), correct.sum()) < _FEWEST:
        return pd.DataFrame(columns=WRONG)
    found = []
    counts = resample_counts(len(labels), resamples_for(len(labels)), question.seed)
    for factor, name, values in _readings(question, network, answers, torch.tensor(rows.tolist())):
        statistic = _Deviation(values, labels, wrong, correct)
        value = float(statistic(np.ones((1, len(labels))))[0])
        figure = resampled(value, bootstrap(statistic, counts), int(wrong.sum()), _CONVENTION)
        finding = "exaggerated" if figure.low > 0 else "lacking" if figure.high < 0 else ""
        found.append(
            {"factor": factor, "reading": name, **figure._asdict(), "correct": int(correct.sum()), "finding": finding}
        )
    return pd.DataFrame(found, columns=WRONG)


def reading_table(
    question: Question, network: InterpretationNetwork, answers: pd.DataFrame, rows: npt.NDArray[np.int64]
) -> pd.DataFrame:
    """What the layer sees of every attribute in some images; arguments as of :func:`wrong_rows`.

    Returns:
        ``image_id``, then a column for each reading: the factor's name, followed by the category for those of several.
    """
    columns: dict[str, Array] = {}
    for factor, name, values in _readings(question, network, answers, torch.tensor(rows.tolist())):
        columns[factor if name in {"value", "the true class"} else f"{factor}={name}"] = values
    return pd.DataFrame({"image_id": answers["image_id"].astype(str).tolist(), **columns})


class _Deviation:
    """Mean deviation of wrong images from correct ones of their class, for weights (b, N) of the images."""

    def __init__(
        self,
        values: Array,
        labels: npt.NDArray[np.int64],
        wrong: npt.NDArray[np.bool_],
        correct: npt.NDArray[np.bool_],
    ) -> None:
        classes, places = np.unique(labels, return_inverse=True)
        self.values, self.wrong, self.places = values, wrong, places.reshape(-1)[wrong]
        self.members = np.eye(len(classes))[places.reshape(-1)] * correct[:, None]

    def __call__(self, weights: Array) -> Array:
        with np.errstate(invalid="ignore", divide="ignore"):
            n = weights @ self.members
            mean = (weights * self.values) @ self.members / n
            spread = np.sqrt(np.maximum((weights * self.values**2) @ self.members / n - mean**2, 0))
            deviations = (self.values[self.wrong] - mean[:, self.places]) / spread[:, self.places]
        taken = np.where(np.isfinite(deviations), weights[:, self.wrong], 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Array = np.sum(taken * np.nan_to_num(deviations, posinf=0, neginf=0), 1) / taken.sum(1)
        return found


def _readings(
    question: Question, network: InterpretationNetwork, answers: pd.DataFrame, rows: Tensor
) -> Iterator[tuple[str, str, Array]]:
    """Factor, what is read from it, and the (N,) readings."""
    split = network.split(question.features)
    labels = torch.tensor(answers["label"].tolist())
    for attribute in (one for one in question.attributes if one.name in network.factors):
        known = attribute.rows(question.split.fit)
        read = _read(split[attribute.name], attribute, known)
        if attribute.name == CLASS:
            yield CLASS, "the true class", _of(read, rows, labels)
            continue
        for name, values in list(read.items())[:_MOST_READINGS]:
            yield attribute.name, str(name), values[rows].numpy()


def _of(read: Mapping[object, Tensor], rows: Tensor, classes: Tensor) -> Array:
    """For each row the reading of its class; 0 for one that was not learned."""
    nothing = torch.zeros(int(rows.max()) + 1, dtype=torch.float64)
    values: Array = np.array(
        [read.get(one, nothing)[row].item() for row, one in zip(rows.tolist(), classes.tolist(), strict=True)]
    )
    return values


def _read(values: Tensor, attribute: Attribute, known: Tensor) -> dict[object, Tensor]:
    """What a probe that was fitted on the known rows reads for every row, by category, or by the word ``value``."""
    x = values.double().cpu()
    given = attribute.values[known]
    if attribute.number:
        target, names = given.double()[:, None], ["value"]
    else:
        categories, codes = given.unique(return_inverse=True)
        target, names = F.one_hot(codes).double(), categories.tolist()
        if len(names) == 2 and attribute.name != CLASS:
            target, names = target[:, 1:], names[1:]
    centre = x[known].mean(0)
    inside = x[known] - centre
    gram = inside.T @ inside
    penalty = _PENALTY * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    weights = torch.linalg.solve(gram + penalty, inside.T @ (target - target.mean(0)))
    told = (x - centre) @ weights + target.mean(0)
    return dict(zip(names, told.T, strict=True))
