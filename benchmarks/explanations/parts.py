"""Finished maps on disk: parquet files that say what they were made from, and count only if they are whole."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from torch import Tensor

from reports.records import write_atomically

__all__ = ["maps_column", "read_maps", "read_part", "write_part"]

_KEY = b"classifier_audit_explanations"
_NOTE = b"note"


def write_part(table: pa.Table, path: Path, fingerprint: str, *, note: str = "") -> None:
    """Write a piece atomically, with the fingerprint of all that decided it and a note to read it by."""
    sink = pa.BufferOutputStream()
    stamped = table.replace_schema_metadata({_KEY: fingerprint.encode(), _NOTE: note.encode()})
    pq.write_table(stamped, sink, compression="zstd", write_page_checksum=True)
    write_atomically(path, sink.getvalue().to_pybytes())


def read_part(path: Path, fingerprint: str) -> tuple[pa.Table, str] | None:
    """The piece in ``path`` and its note, or None if there is none of this fingerprint that can be read."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            metadata = file.schema_arrow.metadata or {}
            if metadata.get(_KEY) != fingerprint.encode():
                return None
            return file.read(), metadata[_NOTE].decode()
    except (pa.ArrowException, OSError):
        return None


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
