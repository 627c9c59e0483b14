"""From which value on a map's colour is opaque."""

from torch import Tensor

__all__ = ["SCALE", "full_colour"]

_SHARE = 0.99
SCALE = "each map has its own scale: colours are opaque beyond the value that 1 % of its pixels exceed in size"
"""How maps are coloured, in words."""


def full_colour(values: Tensor) -> float:
    """The size that 1 % of the finite values of a map (H, W) exceed, or its largest one if that is 0.

    Example:
        >>> import torch
        >>> full_colour(torch.linspace(-1, 0, 101)), full_colour(torch.zeros(4, 4))
        (0.99..., 1.0)
    """
    sizes = values[values.isfinite()].double().abs()
    if not len(sizes) or not float(sizes.max()):
        return 1.0
    return float(sizes.quantile(_SHARE)) or float(sizes.max())
