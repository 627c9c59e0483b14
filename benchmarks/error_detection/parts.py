"""Finished pieces on disk: parquet files that say what they were made from, and count only if they are whole."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reports.records import write_atomically

__all__ = ["read_part", "write_part"]

_KEY = b"classifier_audit_errors"


def write_part(table: pa.Table, path: Path, fingerprint: str) -> None:
    """Write a piece atomically, with the fingerprint of all that decided it."""
    sink = pa.BufferOutputStream()
    stamped = table.replace_schema_metadata({_KEY: fingerprint.encode()})
    pq.write_table(stamped, sink, compression="zstd", write_page_checksum=True)
    write_atomically(path, sink.getvalue().to_pybytes())


def read_part(path: Path, fingerprint: str) -> pa.Table | None:
    """The piece in ``path``, or None if there is none of this fingerprint that can be read."""
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if (file.schema_arrow.metadata or {}).get(_KEY) != fingerprint.encode():
                return None
            return file.read()
    except (pa.ArrowException, OSError):
        return None
