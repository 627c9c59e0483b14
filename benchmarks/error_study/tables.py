"""The study's tables: every classifier with its comparisons, and what all of them come to beside the bars."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.error_study.bars import BARS, bar_rows
from benchmarks.error_study.measuring import SHUFFLED
from benchmarks.error_study.protocol import Protocol, SmallClassifier
from benchmarks.metrics import percentile_interval
from benchmarks.summary.figures import FIGURE, Figure, resampled, tidy

__all__ = ["COUNTED", "STUDY", "group_of", "study_tables"]

STUDY = ["classifier", "group", "population", "score", "against", "metric", "errors", *FIGURE]
COUNTED = "counted"


def study_tables(protocol: Protocol, found: Mapping[SmallClassifier, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables by name.

    Args:
        protocol: which classifiers count.
        found: comparisons of each classifier, of :func:`benchmarks.error_study.measuring.find_study`.

    Returns:
        ``error_study`` with columns :data:`STUDY`; ``error_study_bars`` with those of
        :data:`benchmarks.error_study.bars.BARS`.
    """
    groups = {classifier: group_of(protocol, frame) for classifier, frame in found.items()}
    rows = (
        {"classifier": classifier.name, "group": groups[classifier]} | row
        for classifier, frame in found.items()
        for row in _figures(frame)
    )
    counted = [frame for classifier, frame in found.items() if groups[classifier] == COUNTED]
    return {"error_study": tidy(rows, STUDY), "error_study_bars": tidy(bar_rows(counted), BARS)}


def group_of(protocol: Protocol, frame: pd.DataFrame) -> str:
    """``counted``, ``weak`` or ``strong`` by clean accuracy, or ``too few errors``."""
    mild, clean = (frame[frame["population"] == name].iloc[0] for name in ("mild", "clean"))
    accuracy = 1 - clean["errors"] / clean["rows"]
    if accuracy < protocol.least_accuracy:
        return "weak"
    if accuracy > protocol.highest_accuracy:
        return "strong"
    return COUNTED if mild["errors"] >= protocol.least_errors else "too few errors"


def _figures(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.to_dict("records"):
        own = {str(name): row[name] for name in ("population", "score", "against", "metric", "errors")}
        yield own | _figure({str(name): value for name, value in row.items()})._asdict()


def _figure(row: Mapping[str, Any]) -> Figure:
    samples, count = np.asarray(row["samples"], dtype=np.float64), int(row["rows"])
    if not len(samples) or np.isnan(samples[0]):
        why = row["reason"] or "all answers are right, or all wrong"
        return Figure(np.nan, np.nan, np.nan, count, f"undefined: {why}")
    if row["against"] == SHUFFLED:
        value = float(samples.mean())
        said = f"mean of {len(samples)} shuffles of right and wrong; 2.5 % and 97.5 % of single shuffles"
        return Figure(value, *percentile_interval(samples, value), count, said)
    said = f"{row['errors']:,} errors in {count:,} rows of {row['images']:,} images"
    return resampled(float(samples[0]), samples[1:], count, f"paired; {said}" if row["against"] else said)
