"""The record: one row per (model, image, condition), and the folder that keeps a run.

Parquet is the truth. Its schema is versioned and checked whenever rows are written or read, and every
file appears whole or not at all: it is written beside its place, flushed to the disk and renamed.
"""

import contextlib
import errno
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

__all__ = [
    "SCHEMA",
    "SCHEMA_VERSION",
    "FullDiskError",
    "check_records",
    "count_records",
    "is_whole",
    "naming_full_disks",
    "read_records",
    "read_run",
    "write_atomically",
    "write_records",
    "write_run",
]

SCHEMA_VERSION = "1"
_VERSION_KEY = b"classifier_audit_schema"
_WORD = pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema(
    [
        pa.field("model", _WORD, nullable=False),
        pa.field("dataset", _WORD, nullable=False),
        pa.field("image_id", pa.string(), nullable=False),
        pa.field("path", pa.string(), nullable=False),
        pa.field("label", pa.int32(), nullable=False),  # index among the model's classes
        pa.field("label_name", _WORD, nullable=False),
        pa.field("condition_kind", _WORD, nullable=False),  # clean, corruption, published
        pa.field("condition_name", _WORD, nullable=False),
        pa.field("condition_severity", pa.int8(), nullable=False),  # 0 for clean
        pa.field("seed", pa.int64(), nullable=False),  # of this image's corruption draws
        pa.field("status", _WORD, nullable=False),  # ok, or why there is no prediction
        pa.field("note", pa.string(), nullable=False),  # what decoding met: grey, palette, exif_rotated, ...
        pa.field("prediction", pa.int32()),
        pa.field("prediction_name", _WORD),
        pa.field("top5", pa.list_(pa.int32())),
        pa.field("rank", pa.int32()),  # of the label among the logits, 1 = highest
        pa.field("correct", pa.bool_()),
        pa.field("max_probability", pa.float64()),
        pa.field("margin", pa.float64()),  # highest minus second highest probability
        pa.field("entropy", pa.float64()),  # nats
        pa.field("energy", pa.float64()),  # logsumexp of the logits
        pa.field("max_logit", pa.float64()),
        pa.field("loss", pa.float64()),  # -log p(label), nats
        pa.field("brier", pa.float64()),  # sum over classes of (p - y)^2, in [0, 2]
    ]
)


def check_records(table: pa.Table) -> pa.Table:
    """Cast ``table`` to the record schema.

    Args:
        table: columns of :data:`SCHEMA`, in any order.

    Returns:
        The same rows with the schema's column order, types and version.

    Raises:
        ValueError: a column is missing, unknown, of a wrong type, or null where it must not be.
    """
    expected, got = set(SCHEMA.names), set(table.column_names)
    if expected != got:
        raise ValueError(
            f"expected the record columns of schema {SCHEMA_VERSION}; "
            f"missing {sorted(expected - got)}, unknown {sorted(got - expected)}"
        )
    try:
        table = table.select(SCHEMA.names).cast(SCHEMA)
        table.validate(full=True)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as error:
        raise ValueError(f"expected record columns of schema {SCHEMA_VERSION}, got {error}") from error
    for field in SCHEMA:
        if not field.nullable and table[field.name].null_count:
            raise ValueError(f"expected column `{field.name}` without gaps, got {table[field.name].null_count}")
    return table.replace_schema_metadata({_VERSION_KEY: SCHEMA_VERSION.encode()})


_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class FullDiskError(OSError):
    """A disk has no room, or lets this user have no more of it."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to ``path`` so that a reader, or a power cut, finds the old file or the whole new one.

    Raises:
        FullDiskError: there is no room for it.
    """
    with naming_full_disks(path, len(content)):
        _write_whole(path, content)


@contextlib.contextmanager
def naming_full_disks(path: Path, size: int) -> Iterator[None]:
    """Say which disk has no room for the ``size`` bytes of ``path``, should that be so.

    Raises:
        FullDiskError: instead of the system's own words.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise FullDiskError(error.errno, _describe_full(path, size, error)) from error


def _describe_full(path: Path, size: int, error: OSError) -> str:
    folder = path.parent
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    return (
        f"expected room for {size:,} bytes in {folder}, got {os.strerror(error.errno or 0).lower()!r} with {free:,} "
        "bytes free on that disk; make room there"
    )


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".partial")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    """Make a rename in ``folder`` survive a power cut, where the system lets folders be flushed."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_records(table: pa.Table, path: Path) -> None:
    """Check ``table`` against the schema and write it to ``path`` as one parquet file, atomically."""
    sink = pa.BufferOutputStream()
    pq.write_table(check_records(table), sink, compression="zstd", write_page_checksum=True)
    write_atomically(path, sink.getvalue().to_pybytes())


def read_records(run: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read the records of a run.

    Args:
        run: the run folder; its ``records/*.parquet`` are read in name order.
        columns: the columns to read; all of them if None.

    Returns:
        One row per (model, image, condition), words as categories.

    Raises:
        FileNotFoundError: the run holds no records.
        ValueError: a file is damaged or of another schema version.
    """
    paths = sorted((run / "records").glob("*.parquet"))
    if not paths:
        raise FileNotFoundError(f"expected records in {run / 'records'}, found none; run the audit first")
    names = list(columns) if columns is not None else SCHEMA.names
    table = pa.concat_tables([_read_shard(path, names) for path in paths]).unify_dictionaries()
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)  # frees columns as it goes
    return frame


def is_whole(path: Path, *, rows: int) -> bool:
    """Whether ``path`` holds ``rows`` undamaged records of this schema version."""
    try:
        return len(_read_shard(path, SCHEMA.names)) == rows
    except ValueError:
        return False


def count_records(path: Path) -> int:
    """How many records the footer of ``path`` announces; 0 if it cannot be read."""
    try:
        return int(pq.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError):
        return 0


def _read_shard(path: Path, columns: list[str]) -> pa.Table:
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            version = (file.schema_arrow.metadata or {}).get(_VERSION_KEY, b"none").decode()
            if version != SCHEMA_VERSION:
                raise ValueError(f"expected record schema {SCHEMA_VERSION} in {path}, got {version}")
            return file.read(columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(
            f"expected readable records in {path}, got {error}; delete the file and run the same command again"
        ) from error


def write_run(run: Path, metadata: dict[str, Any]) -> None:
    """Write ``run.json``: resolved configuration, versions, hashes and seeds."""
    text = json.dumps(metadata, indent=2, sort_keys=True, ensure_ascii=False)
    write_atomically(run / "run.json", text.encode() + b"\n")


def read_run(run: Path) -> dict[str, Any]:
    """Read ``run.json``.

    Raises:
        FileNotFoundError: ``run`` is not a run folder.
        ValueError: ``run.json`` is not JSON.
    """
    path = run / "run.json"
    if not path.exists():
        raise FileNotFoundError(f"expected a run folder with run.json, got {run}")
    try:
        metadata: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"expected JSON in {path}, got {error}") from error
    return metadata
