"""What an explain run leaves behind: tables and galleries."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from benchmarks.explanations.explained_pictures import explained_galleries
from benchmarks.explanations.explained_tables import (
    agreement_table,
    dissection_table,
    explanation_rows,
    image_maps,
    summary_table,
)
from benchmarks.explanations.explaining import Explained
from benchmarks.explanations.sensitivity import image_sensitivity
from benchmarks.parts import write_part
from reports.gallery import write_gallery
from reports.tables import write_tables

__all__ = ["write_explained"]


def write_explained(every: Sequence[Explained], run: Path) -> pd.DataFrame:
    """Write tables and galleries of explained models, which a report finds.

    Args:
        every: at least one model, all of one plan.
        run: the folder of the run.

    Returns:
        The checks of every method with intervals, which are also ``tables/explanations_summary.csv``.
    """
    seed = every[0].task.seed
    rows, dissections = [], []
    for explained in every:
        task = explained.task
        known = image_sensitivity(task.plan, task.position, run, list(task.chosen["image_id"]))
        rows.append(explanation_rows(explained, known))
        _keep_images(explained, run)
        dissections.append(dissection_table(explained, known))
        for gallery in explained_galleries(explained, known):
            write_gallery(run, gallery)
    joined = pd.concat(rows, ignore_index=True)
    summary = summary_table(joined, seed=seed)
    write_tables(
        run,
        {
            "explanations": joined,
            "explanations_summary": summary,
            "explanations_agreement": agreement_table(every, seed=seed),
            "explanations_errors": pd.concat(dissections, ignore_index=True),
        },
    )
    return summary


def _keep_images(explained: Explained, run: Path) -> None:
    """Write what the maps of every image have in common, beside the maps."""
    path = run / "explanations" / f"model-{explained.task.position + 1:02d}" / "images.parquet"
    write_part(pa.Table.from_pandas(image_maps(explained), preserve_index=False), path, explained.task.name)
