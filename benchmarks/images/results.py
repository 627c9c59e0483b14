"""What is known of single images as files of a run: the joined frame, and the tables that a page shows of it."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.images.flipping import flip_table
from benchmarks.images.joining import join_images
from benchmarks.images.sharing import shared_table
from reports.records import read_run, write_atomically
from reports.tables import write_tables

__all__ = ["write_images"]

_FEW = 2_000  # rows up to which people may want a CSV


def write_images(run: Path) -> pd.DataFrame | None:
    """Write ``images.parquet``, ``images_shared.csv`` and ``images_flips.csv``; of few images an ``images.csv`` too.

    Args:
        run: a run folder, whose ``tables`` get them; one without an audit's records is left as it is.

    Returns:
        The joined frame.
    """
    if not any((run / "records").glob("*.parquet")):
        return None
    images = join_images(run)
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(images, preserve_index=False), sink, compression="zstd")
    write_atomically(run / "tables" / "images.parquet", sink.getvalue().to_pybytes())
    seed = int(read_run(run)["plan"]["seed"])
    tables = {"images_shared": shared_table(images, seed=seed), "images_flips": flip_table(images)}
    if len(images) <= _FEW:
        tables["images"] = images
    write_tables(run, tables)
    return images
