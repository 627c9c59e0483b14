"""Gaussian smoothing of one field at a time, with the exact sums of :mod:`robustness.corruptions.smoothing`.

All sums are of whole numbers below 2^53, so a kernel may take them in any order: symmetry saves a narrow
Gaussian half of its products, and a wide one more.
"""

from collections.abc import Callable
from typing import Any

from robustness.kernels.narrow_smoothing import NarrowSmoothing
from robustness.kernels.wide_smoothing import WideSmoothing

__all__ = ["smoothing"]

_NARROW = 14  # pixels, up to which the simpler sums are faster


def smoothing(height: int, width: int, sigma: float, truncate: float, border: str) -> Callable[[Any], None]:
    """Prepare to do as :func:`robustness.corruptions.smoothing.smooth` does, for fields of one size.

    Args:
        height: of the fields.
        width: of the fields.
        sigma: standard deviation in pixels; 0 leaves the fields as they are.
        truncate: the Gaussian ends after this many standard deviations.
        border: ``"reflect"`` or ``"nearest"``.

    Returns:
        A function that smooths one field in place: (H, W) float64 of whole numbers below 2^26, in units of
        ``FIELD_UNIT``. It keeps its scratch memory, so each thread needs its own.
    """
    if sigma == 0:
        return _leave
    kind = NarrowSmoothing if truncate * sigma <= _NARROW else WideSmoothing
    return kind(height, width, sigma, truncate, border)


def _leave(field: Any) -> None:
    """Do nothing."""
