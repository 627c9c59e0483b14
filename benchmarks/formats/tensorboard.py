"""Results as TensorBoard shows them: headline figures, and accuracy by severity of every corruption."""

import math
from pathlib import Path

import pandas as pd

from reports.tables import each_row

__all__ = ["write_scalars"]


def write_scalars(tables: dict[str, pd.DataFrame], folder: Path) -> int:
    """Write scalars, a folder a model.

    Args:
        tables: ``headline`` and ``cells``.
        folder: of the event files.

    Returns:
        How many were written.

    Raises:
        ValueError: the package tensorboard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ValueError("expected the package `tensorboard` for event files, got none; pip install it") from error
    written = 0
    for number, (model, rows) in enumerate(tables["headline"].groupby("model", sort=False, observed=True), start=1):
        own = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in str(model))[:60]
        writer = SummaryWriter(str(folder / f"{number:02d}-{own}"))
        for tag, value, step in [*_headline(rows), *_severities(tables.get("cells"), str(model))]:
            if math.isfinite(value):
                writer.add_scalar(tag, value, step)
                written += 1
        writer.close()
    return written


def _headline(rows: pd.DataFrame) -> list[tuple[str, float, int]]:
    ends = ("value", "low", "high")
    return [(f"{row.metric}/{end}", float(getattr(row, end)), 0) for row in each_row(rows) for end in ends]


def _severities(cells: pd.DataFrame | None, model: str) -> list[tuple[str, float, int]]:
    if cells is None:
        return []
    rows = cells[(cells["model"] == model) & (cells["metric"] == "accuracy") & (cells["condition_kind"] != "clean")]
    return [(f"severity/{row.condition_name}", float(row.value), int(row.condition_severity)) for row in each_row(rows)]
