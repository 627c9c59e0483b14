"""Maps as columns of tables, so that they can be kept on disk bit for bit."""

import pyarrow as pa
import torch
from torch import Tensor

__all__ = ["maps_column", "read_maps"]


def maps_column(maps: Tensor) -> pa.Array:
    """Maps (N, H, W) as a column of rows of rows, in float32."""
    _, height, width = maps.shape
    flat = pa.array(maps.detach().cpu().float().flatten().numpy())
    return pa.FixedSizeListArray.from_arrays(pa.FixedSizeListArray.from_arrays(flat, width), height)


def read_maps(table: pa.Table, column: str = "map") -> Tensor:
    """Maps (N, H, W) from such a column.

    Example:
        >>> maps = torch.rand(3, 2, 5)
        >>> bool((read_maps(pa.table({"map": maps_column(maps)})) == maps).all())
        True
    """
    rows = table[column].combine_chunks()
    height, width = rows.type.list_size, rows.type.value_type.list_size
    return torch.from_numpy(rows.flatten().flatten().to_numpy(zero_copy_only=False).copy()).view(-1, height, width)
