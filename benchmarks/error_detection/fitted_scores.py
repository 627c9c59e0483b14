"""Scores that are fitted on the calibration half: temperature, distances in feature space, the learned detectors.

A fit that has too little to learn from is a reason in words, never a score of some default.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.error_detection.halves import CALIBRATION, EVALUATION, split_halves
from benchmarks.error_detection.practice import Practice
from benchmarks.error_detection.rows import ModelRows
from robustness.confidence import max_softmax
from robustness.consistency.detector import Detector, DetectorRecipe, fit_detector
from robustness.feature_distance import fit_mahalanobis, fit_nearest_neighbours
from robustness.temperature import fit_temperature

__all__ = ["CONTROL", "DETECTOR", "HARDENED", "FittedScores", "cross_fitted", "fit_scores", "stand_in_logits"]

Array = npt.NDArray[np.float64]
Score = Callable[[ModelRows], Tensor]

DETECTOR = "detector"
CONTROL = "detector_without_copies"
HARDENED = "detector_with_attacks"
_NEIGHBOURS = 10
_ROWS = 1024  # judged at once, so that memory does not grow with the data

# Its features are the log-odds alone, which is what rows keep of the copies.
_RECIPE = DetectorRecipe(features="log_odds")
_CONTROL_RECIPE = DetectorRecipe(features="log_odds_and_summaries")


@dataclass(frozen=True, kw_only=True)
class FittedScores:
    """What came of the fits.

    Attributes:
        scores: {name: function from rows to (M,) confidences of those with an answer}.
        reasons: {name: why there is no such score}.
        detector: the learned detector, if there is one.
        hardened: the one that also learned from attacked images, if there is one.
        temperature: NaN if there is none.
    """

    scores: Mapping[str, Score]
    reasons: Mapping[str, str] = field(default_factory=dict)
    detector: Detector | None = None
    hardened: Detector | None = None
    temperature: float = math.nan

    def __call__(self, rows: ModelRows) -> dict[str, Array]:
        """Judge all rows of a model: {score: (R,)}, NaN where there is no answer, or no such score."""
        judged = {name: np.full(len(rows.frame), np.nan) for name in (*self.scores, *self.reasons)}
        for name, score in self.scores.items():
            judged[name][rows.ok] = score(rows).numpy() if rows.ok.any() else []
        return judged


def stand_in_logits(log_odds: Tensor) -> Tensor:
    """Logits with given log-odds of the class that the original predicts.

    The predicted class stands first. All others share what is left evenly, in as many columns as it takes for none
    of them to exceed the predicted one.

    Args:
        log_odds: (N, T + 1), original first.

    Returns:
        (N, T + 1, K) float64; K depends on the least sure original.

    Example:
        >>> stand_in_logits(torch.tensor([[2.0, -1.0]])).tolist()
        [[[2.0, -0.0], [-1.0, -0.0]]]
    """
    least = float(log_odds[:, 0].min()) if len(log_odds) else 0.0
    others = max(1, math.ceil(math.exp(-least) - 1e-9))
    rest = torch.full((*log_odds.shape, others), -math.log(others), dtype=torch.float64)
    return torch.cat([log_odds.double()[..., None], rest], dim=2)


def fit_scores(
    rows: ModelRows,
    calibration: npt.NDArray[np.bool_],
    *,
    seed: int,
    names: Sequence[str] = (),
    practice: Practice | None = None,
) -> FittedScores:
    """Fit on calibration rows.

    The distances are fitted on the clean ones among them (all, where there are none), everything else on all.

    Args:
        rows: of one model.
        calibration: (R,) which rows to fit on; those without an answer are left out.
        seed: of the detectors.
        names: which scores; all that apply to the network if none.
        practice: attacked calibration images, for a second detector that learns from them too.
    """
    chosen = torch.from_numpy(calibration[rows.ok])
    answered = rows.frame[rows.ok]
    labels = torch.tensor(answered["label"].to_numpy(dtype=np.int64))
    correct = torch.tensor(answered["correct"].to_numpy(dtype=np.bool_))
    clean = torch.tensor((answered["condition_kind"] == "clean").to_numpy(dtype=np.bool_)) & chosen
    anchors = clean if clean.any() else chosen
    fits: dict[str, Callable[[], Score]] = {
        "temperature_max_softmax": lambda: _temperature(rows.logits[chosen], labels[chosen]),
        DETECTOR: lambda: _detector(rows.log_odds[chosen], correct[chosen], seed),
        CONTROL: lambda: _control(rows.logits[chosen], correct[chosen], seed),
    }
    if practice is not None and len(practice.ids):
        fits[HARDENED] = lambda: _hardened(rows.log_odds[chosen], correct[chosen], practice.log_odds, seed)
    if rows.features is not None:
        features = rows.features[anchors]
        fits["nearest_neighbours"] = lambda: _neighbours(features, labels[anchors])
        fits["mahalanobis"] = lambda: _mahalanobis(features, labels[anchors])
    scores: dict[str, Score] = {}
    reasons: dict[str, str] = {}
    for name, fit in fits.items():
        if names and name not in names:
            continue
        try:
            scores[name] = fit()
        except ValueError as error:
            reasons[name] = str(error)
    scaled = scores.get("temperature_max_softmax")
    return FittedScores(
        scores=scores,
        reasons=reasons,
        detector=_inside(scores.get(DETECTOR)),
        hardened=_inside(scores.get(HARDENED)),
        temperature=scaled.temperature if isinstance(scaled, _Scaled) else math.nan,
    )


def cross_fitted(
    rows: ModelRows, calibration: npt.NDArray[np.bool_], *, seed: int, practice: Practice | None = None
) -> dict[str, Array]:
    """Judge calibration rows by detectors that were fitted on the other half of the calibration images.

    A detector looks better on its own calibration rows than on any others, and a threshold set there lets through
    more errors than it promises.

    Args:
        rows: of one model.
        calibration: (R,) which rows.
        seed: of the halves and the detectors.
        practice: attacked calibration images, as in :func:`fit_scores`.

    Returns:
        {score: (R,)} of the learned scores; NaN outside the calibration rows, and throughout where half of them is
        too little to learn from.
    """
    sides = split_halves([str(one) for one in rows.frame["image_id"][calibration].unique()], seed=seed + 1)
    side = rows.frame["image_id"].map(sides).to_numpy()
    learned = (DETECTOR, CONTROL, HARDENED) if practice is not None and len(practice.ids) else (DETECTOR, CONTROL)
    values = {name: np.full(len(rows.frame), np.nan) for name in learned}
    for judge, judged in ((CALIBRATION, EVALUATION), (EVALUATION, CALIBRATION)):
        own = None if practice is None else practice.of([one for one, at in sides.items() if at == judge])
        fitted = fit_scores(rows, calibration & (side == judge), seed=seed, names=learned, practice=own)
        for name, scores in fitted(rows).items():
            values[name] = np.where(calibration & (side == judged), scores, values[name])
    partial = {name: np.isnan(found[calibration]).any() for name, found in values.items()}
    return {name: np.full_like(found, np.nan) if partial[name] else found for name, found in values.items()}


@dataclass(frozen=True, kw_only=True)
class _Scaled:
    """Maximum softmax probability of logits over a temperature."""

    temperature: float

    def __call__(self, rows: ModelRows) -> Tensor:
        return max_softmax(rows.logits.double() / self.temperature)


@dataclass(frozen=True, kw_only=True)
class _OfCopies:
    """A detector on the log-odds of all copies."""

    detector: Detector

    def __call__(self, rows: ModelRows) -> Tensor:
        return torch.cat([self.detector(stand_in_logits(piece)) for piece in rows.log_odds.split(_ROWS)])


@dataclass(frozen=True, kw_only=True)
class _OfOriginal:
    """A detector on the original alone."""

    detector: Detector

    def __call__(self, rows: ModelRows) -> Tensor:
        return torch.cat([self.detector(piece[:, None]) for piece in rows.logits.split(_ROWS)])


def _temperature(logits: Tensor, labels: Tensor) -> Score:
    return _Scaled(temperature=fit_temperature(logits, labels))


def _detector(log_odds: Tensor, correct: Tensor, seed: int) -> Score:
    return _OfCopies(detector=fit_detector(stand_in_logits(log_odds), correct, recipe=_RECIPE, seed=seed))


def _hardened(log_odds: Tensor, correct: Tensor, attacked: Tensor, seed: int) -> Score:
    """A detector to which attacked images are errors like any other."""
    wrong = torch.zeros(len(attacked), dtype=torch.bool)
    return _detector(torch.cat([log_odds, attacked]), torch.cat([correct, wrong]), seed)


def _inside(score: Score | None) -> Detector | None:
    return score.detector if isinstance(score, _OfCopies) else None


def _control(logits: Tensor, correct: Tensor, seed: int) -> Score:
    return _OfOriginal(detector=fit_detector(logits[:, None], correct, recipe=_CONTROL_RECIPE, seed=seed))


def _neighbours(features: Tensor, labels: Tensor) -> Score:
    # A k-th neighbour beyond the images of the own class would be nearer to what lies between classes.
    per_class = len(labels) // max(1, len(labels.unique()))
    fitted = fit_nearest_neighbours(features, k=max(1, min(_NEIGHBOURS, per_class // 2)))
    return lambda rows: fitted.confidence(_features(rows))


def _mahalanobis(features: Tensor, labels: Tensor) -> Score:
    fitted = fit_mahalanobis(features, labels)
    return lambda rows: fitted.confidence(_features(rows))


def _features(rows: ModelRows) -> Tensor:
    if rows.features is None:
        raise ValueError("expected rows with features, as in calibration, got none")
    return rows.features
