"""The tables and the galleries of a run."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from benchmarks.invariances.measuring import MEASURED, measure
from benchmarks.invariances.pictures import invariance_galleries
from benchmarks.invariances.running import Sampled
from benchmarks.invariances.tasks import Task
from benchmarks.parts import read_part, write_part
from reports.gallery import write_gallery
from reports.tables import write_tables

__all__ = ["PROPERTIES", "TABLE", "judge", "write_invariances"]

TABLE, PROPERTIES = "invariances", "invariances_properties"
"""The tables: of layers, and of what samples differ in."""

_WIDTH = ("spread", "open")  # metrics of the latter


def judge(sampled: Sampled, run: Path, *, several: bool) -> pd.DataFrame:
    """Measure one model and write its galleries; a model that is measured is not measured again.

    Args:
        sampled: of :func:`benchmarks.invariances.running.sample_layers`, its engine still running.
        run: the run folder.
        several: whether it holds other models.

    Returns:
        Columns ``model``, then :data:`benchmarks.invariances.measuring.MEASURED`.
    """
    task = sampled.task
    path, fingerprint = _place(task, run, sampled)
    part = read_part(path, fingerprint)
    if part is None:
        for gallery in invariance_galleries(sampled, seed=task.plan.seed, several=several):
            write_gallery(run, gallery)
        part = pa.Table.from_pandas(measure(sampled, seed=task.plan.seed), preserve_index=False)
        write_part(part, path, fingerprint)
    frame: pd.DataFrame = part.to_pandas().assign(model=task.name)[["model", *MEASURED]]
    return frame


def write_invariances(tables: Sequence[pd.DataFrame], run: Path) -> None:
    """Write ``tables/invariances*.csv``, which a report finds."""
    every = pd.concat(tables, ignore_index=True)
    width = every["metric"].isin(_WIDTH)
    write_tables(run, {TABLE: every[~width], PROPERTIES: every[width]})


def _place(task: Task, run: Path, sampled: Sampled) -> tuple[Path, str]:
    """Where the figures of a model are kept, and what decides them: the networks, and so all that decided these."""
    decided = [task.autoencoder_path(run), *(task.flow_path(run, name, "flow") for name in sampled.layers.names)]
    return run / task.folder / "figures.parquet", " ".join(path.name for path in decided)
