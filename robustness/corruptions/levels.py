"""The 256 grey levels: truncation to 8 bits, and tables where 8-bit input makes arithmetic needless."""

import torch
from torch import Tensor

__all__ = ["look_up", "truncate"]


def truncate(levels: Tensor) -> Tensor:
    """Clip to 0..255 and drop the fraction, as the original's cast to ``uint8`` does; overwrites ``levels``.

    Args:
        levels: any shape, floating point, in units of grey levels.

    Returns:
        uint8 of the same shape.

    Example:
        >>> truncate(torch.tensor([-3.0, 0.99, 41.5, 300.0])).tolist()
        [0, 0, 41, 255]
    """
    # Through int16 because torch converts float to uint8 directly five times slower.
    return levels.clamp_(0, 255).to(torch.int16).to(torch.uint8)


def look_up(table: Tensor, index: Tensor) -> Tensor:
    """Replace every index by its table entry.

    Args:
        table: (L,) of any dtype, on the index's device.
        index: any shape, int32, in 0..L-1.

    Returns:
        The entries, of the index's shape and the table's dtype.
    """
    return table.index_select(0, index.reshape(-1)).view(index.shape)
