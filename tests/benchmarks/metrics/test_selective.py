import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from benchmarks.metrics import augrc, aurc, auroc, e_aurc, fpr95
from benchmarks.metrics.selective import curve, curve_augrc, curve_aurc, curve_auroc, curve_fpr95, rank

METRICS = [aurc, augrc, e_aurc, auroc, fpr95]
DISTINCT = [0.9, 0.8, 0.7, 0.6]


def plain_areas(confidence, correct):
    """AURC and AUGRC by their definition, one threshold at a time."""
    n = len(confidence)
    coverage, risk, generalised = [], [], []
    for threshold in sorted(set(confidence)):
        kept = [c for s, c in zip(confidence, correct, strict=True) if s >= threshold]
        wrong = len(kept) - sum(kept)
        coverage.append(len(kept) / n)
        risk.append(wrong / len(kept))
        generalised.append(wrong / n)
    coverage, risk, generalised = [*coverage, 0.0], [*risk, risk[-1]], [*generalised, 0.0]

    def area(height):
        pairs = range(len(coverage) - 1)
        return sum((coverage[i] - coverage[i + 1]) * (height[i] + height[i + 1]) / 2 for i in pairs)

    return area(risk), area(generalised)


def case(seed, n=60, levels=None):
    generator = np.random.default_rng(seed)
    confidence = generator.random(n) if levels is None else generator.integers(levels, size=n) / levels
    return confidence, generator.random(n) < 0.3 + 0.6 * confidence


CASES = [case(0), case(1, n=7), case(2, levels=5), case(3, levels=2)]


@pytest.mark.parametrize(
    ("confidence", "correct", "expected_aurc", "expected_augrc"),
    [
        (DISTINCT, [1, 1, 0, 1], 0.114583, 0.093750),
        (DISTINCT, [1, 1, 1, 0], 0.031250, 0.031250),
        (DISTINCT, [0, 1, 1, 1], 0.614583, 0.218750),
        ([0.9, 0.9, 0.6, 0.6], [1, 0, 1, 0], 0.5, 0.25),
    ],
)
def test_golden_values(confidence, correct, expected_aurc, expected_augrc):
    assert aurc(confidence, correct) == pytest.approx(expected_aurc, abs=1e-6)
    assert augrc(confidence, correct) == pytest.approx(expected_augrc, abs=1e-6)


def test_random_and_ideal_rankings_reach_theory():
    n, generator = 100_000, np.random.default_rng(0)
    correct = np.arange(n) >= n // 5
    chance = generator.random(n)
    assert aurc(chance, correct) == pytest.approx(0.2, abs=0.006)
    assert augrc(chance, correct) == pytest.approx(0.1, abs=0.003)
    ideal = correct + chance / 2
    assert aurc(ideal, correct) == pytest.approx(0.021485, abs=2e-5)
    assert augrc(ideal, correct) == pytest.approx(0.02, abs=2e-5)
    assert e_aurc(ideal, correct) == pytest.approx(0, abs=2e-5)
    assert e_aurc(chance, correct) == pytest.approx(0.2 - 0.021485, abs=0.006)


@pytest.mark.parametrize(("confidence", "correct"), CASES)
def test_against_plain_definitions(confidence, correct):
    plain_aurc, plain_augrc = plain_areas(confidence.tolist(), correct.tolist())
    assert aurc(confidence, correct) == pytest.approx(plain_aurc)
    assert augrc(confidence, correct) == pytest.approx(plain_augrc)
    error = 1 - correct.mean()
    ideal = error + (1 - error) * math.log(1 - error)
    assert e_aurc(confidence, correct) == pytest.approx(plain_aurc - ideal)


@pytest.mark.parametrize(("confidence", "correct"), CASES)
def test_against_sklearn(confidence, correct):
    assert auroc(confidence, correct) == pytest.approx(roc_auc_score(correct, confidence))
    fpr, tpr, _ = roc_curve(correct, confidence, drop_intermediate=False)
    assert fpr95(confidence, correct) == pytest.approx(fpr[tpr >= 0.9495].min())


@pytest.mark.parametrize(("confidence", "correct"), CASES)
def test_augrc_identity(confidence, correct):
    error = 1 - correct.mean()
    identity = (1 - auroc(confidence, correct)) * (1 - error) * error + error**2 / 2
    assert augrc(confidence, correct) == pytest.approx(identity, rel=1e-10)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_only_the_order_of_confidences_and_not_of_images_counts(metric):
    confidence, correct = case(5, levels=9)
    shuffle = np.random.default_rng(0).permutation(len(correct))
    assert metric(confidence[shuffle], correct[shuffle]) == pytest.approx(metric(confidence, correct))
    assert metric(np.exp(3 * confidence) - 7, correct) == pytest.approx(metric(confidence, correct))


@pytest.mark.parametrize("levels", [None, 4])
def test_weights_act_like_repeated_images(levels):
    confidence, correct = case(6, levels=levels)
    weights = np.random.default_rng(1).integers(0, 4, size=(3, len(correct)))
    weights[0, np.argsort(-confidence)[:6]] = 0  # thresholds before the first image of a resample
    ranking = rank(confidence, correct)
    points = curve(ranking, weights[:, ranking.order].astype(float))
    for weighted, metric in [
        (curve_aurc, aurc), (curve_augrc, augrc), (curve_auroc, auroc), (curve_fpr95, fpr95)
    ]:  # fmt: skip
        repeated = [metric(np.repeat(confidence, row), np.repeat(correct, row)) for row in weights]
        assert weighted(points) == pytest.approx(repeated)


def test_all_right_and_all_wrong():
    right, wrong = [True] * 4, [False] * 4
    assert (aurc(DISTINCT, right), augrc(DISTINCT, right), e_aurc(DISTINCT, right)) == (0, 0, 0)
    assert (aurc(DISTINCT, wrong), augrc(DISTINCT, wrong), e_aurc(DISTINCT, wrong)) == (1, 0.5, 0)
    assert all(math.isnan(metric(DISTINCT, answers)) for metric in (auroc, fpr95) for answers in (right, wrong))


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.__name__)
def test_without_images_every_metric_is_undefined(metric):
    assert math.isnan(metric([], []))


def test_one_image():
    assert aurc([0.7], [False]) == 1
    assert augrc([0.7], [False]) == 0.5
    assert aurc([0.7], [True]) == augrc([0.7], [True]) == 0


@pytest.mark.parametrize(
    ("confidence", "correct", "message"),
    [
        ([0.5, float("nan")], [1, 0], "without NaN, got 1"),
        ([0.5], [1, 0], "one shape"),
        ([[0.5]], [[1]], "one shape"),
        ([0.5, 0.6], [2, 0], "booleans"),
        ([0.5, 0.6], [float("nan"), 0], "booleans"),
    ],
)
def test_bad_input_is_refused(confidence, correct, message):
    with pytest.raises(ValueError, match=message):
        aurc(confidence, correct)
