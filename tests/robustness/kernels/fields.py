"""What every compiled smoothing must satisfy: the sums of torch's form, bit by bit."""

import numpy as np
import torch

from robustness.corruptions.smoothing import FIELD_UNIT, smooth

__all__ = ["SHAPES", "assert_same_sums"]

SHAPES = [(64, 64), (20, 45), (200, 130), (1, 30), (30, 1), (3, 2), (1, 1)]


def assert_same_sums(prepare, shape, sigma, truncate, border):
    """Smooth two fields with one preparation; the second must not remember the first."""
    fields = torch.rand(2, *shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    expected = smooth(fields, sigma, truncate=truncate, border=border).numpy()
    run = prepare(*shape, sigma, truncate, border)
    for field, result in zip(fields.double().numpy(), expected, strict=True):
        whole = np.rint(field / FIELD_UNIT)
        run(whole)
        assert np.array_equal(whole * FIELD_UNIT, result)
