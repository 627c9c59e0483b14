import numpy as np
import pytest

from benchmarks.metrics import resample_counts
from benchmarks.metrics.calibration import equal_width_bins, weighted_ece
from benchmarks.metrics.selective import curve, curve_augrc, rank
from benchmarks.summary.resampling import resample_errors


@pytest.mark.parametrize("levels", [3, 1000], ids=["ties", "no ties"])
def test_one_pass_gives_what_arrays_of_resamples_give(levels: int) -> None:
    generator = np.random.default_rng(levels)
    confidence = generator.integers(1, levels + 1, 80) / levels
    correct = generator.random(80) < confidence
    images, counts = np.sort(generator.permutation(100)[:80]), resample_counts(100, 40, seed=1)
    ranking = rank(confidence, correct)
    taken = counts.astype(np.float64)[:, images[ranking.order]]
    ordered = confidence[ranking.order]
    wanted = [
        taken @ ranking.wrong / taken.sum(axis=1),
        weighted_ece(equal_width_bins(ordered), 1 - ranking.wrong - ordered, taken),
        curve_augrc(curve(ranking, taken)),
    ]
    found = resample_errors(confidence, correct, images, counts)
    np.testing.assert_allclose(found, np.stack(wanted, axis=1), rtol=1e-12, atol=1e-14)


def test_a_resample_without_any_of_the_images_is_undefined() -> None:
    counts = np.array([[0, 2], [1, 1]], dtype=np.uint8)
    found = resample_errors(np.array([0.5]), np.array([True]), np.array([0]), counts)
    assert np.isnan(found[0]).all()
    assert found[1].tolist() == [0.0, 0.5, 0.0]


def test_no_images_at_all() -> None:
    nothing = np.empty(0)
    found = resample_errors(nothing, nothing.astype(bool), nothing.astype(int), np.ones((2, 3), dtype=np.uint8))
    assert np.isnan(found).all()
