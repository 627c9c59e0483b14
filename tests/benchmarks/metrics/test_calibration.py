import math

import numpy as np
import pytest
from sklearn.metrics import log_loss

from benchmarks.metrics import adaptive_ece, brier, ece, nll
from benchmarks.metrics.calibration import BINS, equal_mass_bins, equal_width_bins, weighted_ece


def case(seed=0, n=300, classes=4):
    generator = np.random.default_rng(seed)
    probabilities = generator.dirichlet(np.full(classes, 0.4), size=n)
    return probabilities, generator.integers(classes, size=n)


def plain_ece(confidence, correct):
    """Bin by bin, as Guo et al. write it."""
    total = 0.0
    for b in range(15):
        inside = [i for i, p in enumerate(confidence) if b / 15 < p <= (b + 1) / 15]
        if inside:
            accuracy = sum(correct[i] for i in inside) / len(inside)
            total += len(inside) / len(confidence) * abs(accuracy - sum(confidence[i] for i in inside) / len(inside))
    return total


def test_ece_against_the_plain_definition():
    probabilities, labels = case()
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    assert ece(confidence, correct) == pytest.approx(plain_ece(confidence.tolist(), correct.tolist()))


def test_adaptive_ece_against_slices_of_the_sorted_images():
    generator = np.random.default_rng(3)
    confidence = generator.random(15 * 20)
    correct = generator.random(confidence.size) < confidence**2
    order = np.argsort(confidence)
    parts = zip(np.split(confidence[order], 15), np.split(correct[order], 15), strict=True)
    assert adaptive_ece(confidence, correct) == pytest.approx(np.mean([abs(c.mean() - r.mean()) for c, r in parts]))


def test_scores_against_sklearn_and_the_plain_sum():
    probabilities, labels = case(1)
    assert nll(probabilities, labels) == pytest.approx(log_loss(labels, probabilities, labels=range(4)))
    plain = [sum((p - (k == y)) ** 2 for k, p in enumerate(row)) for row, y in zip(probabilities, labels, strict=True)]
    assert brier(probabilities, labels) == pytest.approx(np.mean(plain))


def test_extremes():
    certain = np.eye(3)
    assert brier(certain, [0, 1, 2]) == nll(certain, [0, 1, 2]) == 0
    assert brier(certain, [1, 2, 0]) == 2
    assert nll(certain, [1, 2, 0]) == math.inf
    assert ece([1.0, 1.0], [True, True]) == adaptive_ece([1.0, 1.0], [True, True]) == 0
    assert ece([1.0, 1.0], [False, False]) == 1
    assert ece([0.3], [True]) == pytest.approx(0.7)


def test_a_constant_base_rate_predictor_has_no_calibration_error():
    correct = np.arange(100) < 70
    assert ece(np.full(100, 0.7), correct) == pytest.approx(0)
    assert adaptive_ece(np.full(100, 0.7), correct) == pytest.approx(0)


def test_bins():
    assert equal_width_bins(np.array([0.0, 1 / 15, 0.0667, 0.5, 1.0])).tolist() == [0, 0, 1, 7, 14]
    distinct = np.random.default_rng(0).random(150)
    assert np.bincount(equal_mass_bins(distinct), minlength=BINS).tolist() == [10] * BINS
    assert len(set(equal_mass_bins(np.full(30, 0.9)))) == 1


def test_weights_act_like_repeated_images():
    probabilities, labels = case(2)
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    weights = np.random.default_rng(0).integers(0, 3, size=(2, len(labels)))
    weighted = weighted_ece(equal_width_bins(confidence), correct - confidence, weights.astype(float))
    repeated = [ece(np.repeat(confidence, row), np.repeat(correct, row)) for row in weights]
    assert weighted == pytest.approx(repeated)


def test_without_images_every_metric_is_undefined():
    nothing = np.zeros((0, 3)), np.zeros(0, dtype=int)
    assert all(math.isnan(value) for value in (ece([], []), adaptive_ece([], []), brier(*nothing), nll(*nothing)))


@pytest.mark.parametrize("bad", [float("nan"), 1.5, -0.1])
def test_confidences_are_probabilities(bad):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        ece([0.5, bad], [True, False])


@pytest.mark.parametrize(
    ("probabilities", "labels", "message"),
    [
        ([[2.0, -1.0]], [0], "softmax"),
        ([[0.5, 0.4]], [0], "sum to 1"),
        ([[0.5, float("nan")]], [0], "sum to 1"),
        ([[0.5, 0.5]], [2], r"0\.\.1, got 2"),
        ([[0.5, 0.5]], [0, 1], r"\(N, K\)"),
    ],
)
def test_bad_probabilities_are_refused(probabilities, labels, message):
    with pytest.raises(ValueError, match=message):
        brier(probabilities, labels)
