import numpy as np
import pytest

from benchmarks.metrics import (
    ALEXNET_SEVERITY_ERROR,
    TEST_CORRUPTIONS,
    corruption_errors,
    mean_corruption_error,
    relative_corruption_errors,
    relative_mean_corruption_error,
    severity_corruption_errors,
)
from benchmarks.metrics.corruption import normalise, normalise_relative

ALEXNET = {name: list(errors) for name, errors in ALEXNET_SEVERITY_ERROR.items()}


def some_errors(seed):
    generator = np.random.default_rng(seed)
    return {name: generator.uniform(0.2, 0.9, 5).tolist() for name in TEST_CORRUPTIONS}


def test_alexnet_itself_scores_100():
    assert mean_corruption_error(ALEXNET) == pytest.approx(100)
    assert relative_mean_corruption_error(ALEXNET, 0.435) == pytest.approx(100)
    assert all(ce == pytest.approx(100) for ce in corruption_errors(ALEXNET).values())
    assert severity_corruption_errors(ALEXNET)["snow"] == pytest.approx([100] * 5)


def test_against_sums_over_severities():
    errors, clean = some_errors(0), 0.24
    ce = [sum(errors[c]) / sum(ALEXNET[c]) for c in TEST_CORRUPTIONS]
    relative = [sum(e - clean for e in errors[c]) / sum(a - 0.435 for a in ALEXNET[c]) for c in TEST_CORRUPTIONS]
    assert mean_corruption_error(errors) == pytest.approx(100 * sum(ce) / 15)
    assert relative_mean_corruption_error(errors, clean) == pytest.approx(100 * sum(relative) / 15)
    assert list(corruption_errors(errors).values()) == pytest.approx([100 * c for c in ce])
    assert list(relative_corruption_errors(errors, clean).values()) == pytest.approx([100 * r for r in relative])


def test_sums_are_divided_not_ratios_averaged():
    errors = {"brightness": [0.1, 0.2, 0.3, 0.4, 0.9]}
    ratios = np.array(errors["brightness"]) / ALEXNET["brightness"]
    assert abs(corruption_errors(errors)["brightness"] - 100 * ratios.mean()) > 1


def test_extras_have_a_ce_and_do_not_count_in_the_mean():
    errors = some_errors(1)
    more = errors | {"speckle_noise": [1.0] * 5}
    assert mean_corruption_error(more) == mean_corruption_error(errors)
    assert corruption_errors(more)["speckle_noise"] == pytest.approx(100 / 0.845388)
    with pytest.raises(ValueError, match="speckle_noise"):
        severity_corruption_errors(more)


def test_missing_corruptions_are_named():
    errors = some_errors(2)
    del errors["fog"], errors["snow"]
    with pytest.raises(ValueError, match=r"missing \['snow', 'fog'\]"):
        mean_corruption_error(errors)
    with pytest.raises(ValueError, match="fog"):
        relative_mean_corruption_error(errors, 0.2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"fog": [0.5] * 4}, "severities 1..5"),
        ({"fog": [0.5, 0.5, float("nan"), 0.5, 0.5]}, "fractions"),
        ({"fog": [50, 60, 70, 80, 90]}, "fractions"),
        ({"mist": [0.5] * 5}, "mist"),
    ],
)
def test_errors_must_be_five_fractions_of_a_known_corruption(bad, message):
    with pytest.raises(ValueError, match=message):
        corruption_errors(bad)


def test_clean_error_is_a_fraction():
    with pytest.raises(ValueError, match="clean_error"):
        relative_corruption_errors({"fog": [0.5] * 5}, 23.9)


def test_normalising_works_on_resamples():
    means = np.array([0.3, 0.4])
    assert normalise("fog", means) == pytest.approx([100 * m / 0.819324 for m in means])
    assert normalise_relative("fog", means, np.array([0.2, 0.1])) == pytest.approx([26.0195, 78.0585], abs=1e-3)
