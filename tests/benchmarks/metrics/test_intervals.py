import math

import numpy as np
import pytest
from scipy.stats import binomtest

from benchmarks.metrics import (
    bootstrap,
    effective_images,
    hull_interval,
    percentile_interval,
    resample_counts,
    resamples_for,
    wilson,
)

RUNS = 200


def mean_of(values):
    return lambda weights: weights @ values / weights.sum(axis=1)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 10), (1, 1), (997, 1000)])
def test_wilson_against_scipy(k, n):
    reference = binomtest(k, n).proportion_ci(method="wilson")
    low, high = wilson(k, n)
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=1e-9)
    assert low <= k / n <= high


def test_wilson_takes_arrays_and_is_undefined_without_trials():
    low, high = wilson([1, 0], [2, 0])
    assert low.shape == (2,)
    assert math.isnan(low[1])
    assert math.isnan(high[1])
    with pytest.raises(ValueError, match=r"0\.\.n"):
        wilson(3, 2)


def test_resampling_takes_n_images_with_replacement_and_follows_its_seed():
    counts = resample_counts(50, 400, seed=3)
    assert (counts.sum(axis=1) == 50).all()
    assert counts.mean(axis=0) == pytest.approx(np.ones(50), abs=0.3)
    assert (counts == resample_counts(50, 400, seed=3)).all()
    assert (counts != resample_counts(50, 400, seed=4)).any()
    assert resample_counts(0, 5, seed=0).shape == (5, 0)


def test_fewer_resamples_for_many_images():
    assert (resamples_for(10), resamples_for(5000), resamples_for(5001)) == (1000, 1000, 200)


def test_bootstrap_in_chunks_equals_bootstrap_at_once(monkeypatch):
    values, counts = np.random.default_rng(0).random(40), resample_counts(40, 101, seed=0)
    whole = bootstrap(mean_of(values), counts)
    monkeypatch.setattr("benchmarks.metrics.intervals._CHUNK", 130)
    assert bootstrap(mean_of(values), counts) == pytest.approx(whole, rel=1e-12)
    assert whole == pytest.approx([np.repeat(values, row).mean() for row in counts])


def test_bootstrap_spread_is_the_standard_error():
    values = np.random.default_rng(1).normal(size=500)
    spread = bootstrap(mean_of(values), resample_counts(500, 2000, seed=0)).std()
    assert spread == pytest.approx(values.std() / math.sqrt(500), rel=0.06)


def test_intervals_cover_accuracy_as_often_as_they_say():
    generator, n, accuracy = np.random.default_rng(5), 150, 0.8
    counts = resample_counts(n, 400, seed=0)
    covered = {"wilson": 0, "bootstrap": 0}
    for _ in range(RUNS):
        correct = (generator.random(n) < accuracy).astype(float)
        low, high = wilson(correct.sum(), n)
        covered["wilson"] += bool(low <= accuracy <= high)
        low, high = percentile_interval(bootstrap(mean_of(correct), counts), correct.mean())
        covered["bootstrap"] += bool(low <= accuracy <= high)
    assert all(0.90 <= hits / RUNS <= 0.99 for hits in covered.values()), covered


def test_effective_images_keep_wilson_honest_where_rows_repeat_images():
    generator, n, repeats = np.random.default_rng(6), 60, 10
    honest = naive = 0
    for _ in range(RUNS):
        rates = generator.beta(0.8, 0.8, n)  # images differ in difficulty; the mean rate is 1/2
        hits = (generator.random((n, repeats)) < rates[:, None]).sum()
        effective = effective_images(np.full(n, repeats))
        low, high = wilson(hits / (n * repeats) * effective, effective)
        honest += bool(low <= 0.5 <= high)
        low, high = wilson(hits, n * repeats)
        naive += bool(low <= 0.5 <= high)
    assert honest / RUNS >= 0.95
    assert naive / RUNS < 0.8


def test_a_paired_difference_is_tighter_than_an_unpaired_one():
    generator, n = np.random.default_rng(7), 300
    first = (generator.random(n) < 0.7).astype(float)
    second = np.where(generator.random(n) < 0.05, 1 - first, first)  # nearly the same classifier
    counts = resample_counts(n, 500, seed=0)
    paired = bootstrap(mean_of(first), counts) - bootstrap(mean_of(second), counts)
    unpaired = bootstrap(mean_of(first), counts) - bootstrap(mean_of(second), resample_counts(n, 500, seed=1))
    assert paired.std() < 0.5 * unpaired.std()


@pytest.mark.parametrize(("gap", "least"), [(0.03, 85), (0.1, 90)])
def test_hull_interval_covers_a_calibration_error(gap, least):
    generator, n = np.random.default_rng(8), 600
    counts = resample_counts(n, 200, seed=0)
    covered = {percentile_interval: 0, hull_interval: 0}
    for _ in range(100):
        confidence = generator.uniform(0.5, 1, n)
        bins = np.minimum((confidence * 15).astype(int), 14)
        gaps = (generator.random(n) < confidence - gap) - confidence
        spread = np.zeros((n, 15))
        spread[np.arange(n), bins] = gaps
        samples = bootstrap(lambda w, s=spread: np.abs(w @ s).sum(axis=1) / w.sum(axis=1), counts)
        value = float(np.abs(spread.sum(axis=0)).sum() / n)
        for interval in covered:
            low, high = interval(samples, value)
            assert 0 <= low <= value <= high
            covered[interval] += bool(low <= gap <= high)
    assert covered[hull_interval] >= least
    assert covered[hull_interval] >= covered[percentile_interval]


@pytest.mark.parametrize("interval", [percentile_interval, hull_interval])
def test_undefined_resamples_are_left_out(interval):
    samples = np.array([0.2, np.nan, 0.4])
    assert all(math.isfinite(end) for end in interval(samples, 0.3))
    assert all(math.isnan(end) for end in interval(samples, math.nan))
    assert all(math.isnan(end) for end in interval(np.full(3, np.nan), 0.3))


def test_effective_images():
    assert effective_images([5] * 7) == pytest.approx(7)
    assert effective_images([0, 0]) == 0
    assert 1 < effective_images([100, 1, 1]) < 1.1
