import numpy as np
import pytest

from benchmarks.metrics.alexnet import (
    ALEXNET_MEAN_ERROR,
    ALEXNET_SEVERITY_ERROR,
    EXTRA_CORRUPTIONS,
    TEST_CORRUPTIONS,
)


def test_fifteen_test_corruptions_and_four_extras_in_the_benchmarks_order():
    assert len(TEST_CORRUPTIONS) == 15
    assert tuple(ALEXNET_MEAN_ERROR) == TEST_CORRUPTIONS + EXTRA_CORRUPTIONS
    assert TEST_CORRUPTIONS[0] == "gaussian_noise"
    assert TEST_CORRUPTIONS[-1] == "jpeg_compression"


@pytest.mark.parametrize("name", TEST_CORRUPTIONS)
def test_means_are_the_means_of_the_severities(name):
    assert np.mean(ALEXNET_SEVERITY_ERROR[name]) == pytest.approx(ALEXNET_MEAN_ERROR[name], abs=1e-9)
