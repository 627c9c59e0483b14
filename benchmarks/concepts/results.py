"""What a concepts run leaves behind: tables, which a report finds."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from reports.tables import write_tables

__all__ = ["write_concepts"]


def write_concepts(tables: Mapping[str, pd.DataFrame], run: Path) -> None:
    """Write the tables of :func:`~benchmarks.concepts.running.find_concepts`."""
    write_tables(run, tables)
