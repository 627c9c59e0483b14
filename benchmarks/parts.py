"""Finished pieces of work on disk: parquet files that say what they were made from, and count only if whole."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from reports.records import write_atomically

__all__ = ["note_of", "read_part", "write_part"]

_KEY = b"classifier_audit"
_NOTE = b"note"


def write_part(table: pa.Table, path: Path, fingerprint: str, *, note: str = "") -> None:
    """Write a piece atomically, with the fingerprint of all that decided it and a note to read it by."""
    sink = pa.BufferOutputStream()
    stamped = table.replace_schema_metadata({_KEY: fingerprint.encode(), _NOTE: note.encode()})
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


def note_of(part: pa.Table) -> str:
    """The note that was written with a piece."""
    note: bytes = (part.schema.metadata or {}).get(_NOTE, b"")
    return note.decode()
