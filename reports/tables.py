"""Tidy frames as files and as text: CSV that survives any class name, and numbers with their intervals."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from reports.records import write_atomically

__all__ = ["NO_BREAK", "each_row", "format_count", "format_interval", "format_value", "read_tables", "write_tables"]

# Columns that hold names: a class may be called "NA", "007" or "nan", so these are never read as numbers.
_TEXT = frozenset(
    {
        *("model", "dataset", "image_id", "path", "label", "label_name", "prediction_name", "class_name"),
        *("condition_kind", "condition_name", "metric", "group", "unit", "convention", "status", "note", "source"),
        *("subject", "statement", "images", "also"),
    }
)
_DASH = "–"
NO_BREAK = "\N{NO-BREAK SPACE}"  # keeps a number and its unit on one line


def write_tables(run: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each frame to ``run/tables/<name>.csv``, atomically, numbers with six significant digits."""
    for name, frame in tables.items():
        write_atomically(run / "tables" / f"{name}.csv", _to_csv(frame).encode())


def _to_csv(frame: pd.DataFrame) -> str:
    """Return ``frame`` as CSV; a lone carriage return ends a line for readers unless its field is quoted."""
    text = frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")
    if "\r" in text:
        text = frame.to_csv(index=False, float_format="%.6g", lineterminator="\n", quoting=csv.QUOTE_ALL)
    return text


def read_tables(run: Path) -> dict[str, pd.DataFrame]:
    """Read the tables of a run by name, in name order; none gives an empty dict.

    Columns of names come back as text whatever they hold; other columns become numbers where all of their
    entries are numbers.

    Raises:
        ValueError: a table is not CSV.
    """
    return {path.stem: _read_csv(path) for path in sorted((run / "tables").glob("*.csv"))}


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        text = path.read_bytes().decode()
        frame = pd.read_csv(io.StringIO(text, newline=""), dtype=str, keep_default_na=False, skip_blank_lines=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise ValueError(f"expected a CSV table in {path}, got {error}; make the report again") from error
    for column in frame.columns:
        if column not in _TEXT:
            frame[column] = _as_numbers(frame[column])
    return frame


def _as_numbers(column: "pd.Series[str]") -> "pd.Series[str] | pd.Series[float]":
    """Return the column as numbers, gaps as NaN, or unchanged if any entry is not a number."""
    filled = column[column != ""]
    if filled.empty and len(column):
        return column.map(lambda _: math.nan).astype(float)
    try:
        numbers = pd.to_numeric(filled)
    except ValueError:
        return column
    return numbers.reindex(column.index) if len(filled) < len(column) else numbers


def each_row(frame: pd.DataFrame) -> Iterator[Any]:
    """Walk the rows of a tidy frame as named tuples.

    >>> [row.value for row in each_row(pd.DataFrame({"value": [0.5]}))]
    [0.5]
    """
    yield from frame.itertuples(index=False)


def format_interval(value: float, low: float, high: float, unit: str = "fraction") -> str:
    r"""Write a figure with its interval, with as many digits as the interval deserves.

    Args:
        value: the figure.
        low: lower end; NaN if there is no interval.
        high: upper end; NaN if there is no interval.
        unit: ``fraction``, ``percent``, ``nats``, ``x1000``; only ``percent`` is written out.

    >>> format_interval(0.934, 0.917, 0.949)
    '0.934 [0.917, 0.949]'
    >>> format_interval(76.71, 75.84, 77.6, "percent")
    '76.7\xa0% [75.8, 77.6]'
    """
    digits = _digits(low, high, unit)
    if not math.isfinite(value):
        return _DASH
    text = f"{value:z.{digits}f}{NO_BREAK}%" if unit == "percent" else f"{value:z.{digits}f}"
    if math.isfinite(low) and math.isfinite(high):
        text += f" [{low:z.{digits}f}, {high:z.{digits}f}]"
    return text


def format_value(value: float, low: float, high: float, unit: str = "fraction") -> tuple[str, str]:
    """Split :func:`format_interval` into the figure and the interval, for cards.

    >>> format_value(0.934, 0.917, 0.949)
    ('0.934', '[0.917, 0.949]')
    """
    figure, bracket, interval = format_interval(value, low, high, unit).partition(" [")
    return figure, f"[{interval}" if bracket else ""


def _digits(low: float, high: float, unit: str) -> int:
    """Return decimals: three for shares, one for percent, more where the interval is narrower."""
    least, most = (1, 3) if unit in {"percent", "x1000"} else (3, 4)
    width = high - low
    if not math.isfinite(width) or width <= 0:
        return least
    return min(most, max(least, 1 - math.floor(math.log10(width))))


def format_count(count: float) -> str:
    """Write a number of things with thousands separated.

    >>> format_count(50000), format_count(float("nan"))
    ('50,000', '–')
    """
    return f"{int(count):,}" if math.isfinite(count) else _DASH
