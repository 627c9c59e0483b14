"""All tables of a summary from the records of one or several models."""

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.metrics import resample_counts, resamples_for
from benchmarks.summary.cells import CELLS, CellErrors, cell_errors, cell_rows
from benchmarks.summary.corruptions import CORRUPTIONS, corruption_errors, corruption_rows
from benchmarks.summary.curves import RELIABILITY, RISK_COVERAGE, groups, reliability_rows, risk_coverage_rows
from benchmarks.summary.differences import DIFFERENCES, RANKS, difference_rows, rank_rows
from benchmarks.summary.figures import FIGURE, tidy
from benchmarks.summary.headline import HEADLINE, class_rows, headline_rows
from benchmarks.summary.panel import Panel, read_panels
from benchmarks.summary.shared import shared_measures
from benchmarks.summary.status import skipped, status

__all__ = ["summarise", "summarise_panels"]

_CLASSES = ["model", "class_name", "metric", *FIGURE]
_COLUMNS = {
    "headline": HEADLINE,
    "cells": CELLS,
    "corruptions": CORRUPTIONS,
    "classes": _CLASSES,
    "reliability": RELIABILITY,
    "risk_coverage": RISK_COVERAGE,
}


def summarise(
    records: pd.DataFrame, *, seed: int, profile: str, jpeg_roundtrip: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Turn records into tidy tables.

    Image ids are resampled once, and every interval that is not Wilson's comes from these draws, so figures
    are paired across conditions and models. The result depends on the records as a set, not on their order.

    Plain rates (accuracy, error, top-5, flip rate, a class, a bin) carry Wilson intervals, calibration errors
    the hull of plain and mirrored percentiles, all other figures percentiles, of 1,000 resamples (200 above
    5,000 images).

    Args:
        records: the columns of :data:`benchmarks.summary.COLUMNS` of one or several models.
        seed: of the bootstrap.
        profile: severity constants of the corruptions, ``imagenet``, ``tiny`` or ``cifar``; CE, mCE and
            relative mCE are defined on ``imagenet`` alone.
        jpeg_roundtrip: names of the models whose corrupted images passed through JPEG, which conventions say.

    Returns:
        {table: frame} with ``headline``, ``cells``, ``corruptions``, ``classes``, ``reliability``,
        ``risk_coverage``, ``status`` and ``skipped``; of several models also ``differences`` and ``ranks``. Every row
        but those of ``status`` and ``skipped`` holds value, low, high, n and convention. Without a clean condition the
        figures on clean images are absent; a figure that the data leave undefined, such as the AUROC when all answers
        are right, is NaN.

    Raises:
        ValueError: a column is missing, there are no rows, a row occurs twice, or a row with status ok lacks
            a score.
    """
    tables = summarise_panels(read_panels(records), seed=seed, profile=profile, jpeg_roundtrip=jpeg_roundtrip)
    return tables | {"status": status(records), "skipped": skipped(records)}


def summarise_panels(
    panels: Sequence[Panel], *, seed: int, profile: str, jpeg_roundtrip: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """The tables of :func:`summarise` that hold figures, from records that are arranged already."""
    panels = [replace(one, jpeg_roundtrip=one.model in jpeg_roundtrip) for one in panels]
    n = panels[0].ok.shape[1]
    counts = resample_counts(n, resamples_for(n), seed)
    rows: dict[str, list[dict[str, object]]] = {table: [] for table in _COLUMNS}
    every = [cell_errors(panel, counts) for panel in panels]
    for panel, errors in zip(panels, every, strict=True):
        corruptions = corruption_errors(panel, errors, profile)
        rows["headline"] += headline_rows(panel, corruptions, counts)
        rows["cells"] += cell_rows(panel, errors)
        rows["corruptions"] += corruption_rows(panel, corruptions)
        rows["classes"] += class_rows(panel)
        for group in groups(panel):
            rows["reliability"] += reliability_rows(panel, group)
            rows["risk_coverage"] += risk_coverage_rows(panel, group)
    tables = {table: tidy(rows[table], columns) for table, columns in _COLUMNS.items()}
    return tables if len(panels) == 1 else tables | _compare(panels, every, counts, profile)


def _compare(
    panels: Sequence[Panel], errors: Sequence[CellErrors], counts: npt.NDArray[np.uint8], profile: str
) -> dict[str, pd.DataFrame]:
    models = [panel.model for panel in panels]
    measures = shared_measures(panels, errors, counts, profile)
    return {
        "differences": tidy(difference_rows(models, measures), DIFFERENCES),
        "ranks": tidy(rank_rows(models, measures), RANKS),
    }
