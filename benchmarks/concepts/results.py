"""What a concepts run leaves behind: tables, figures and the page."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from benchmarks.sections import close_section
from reports.tables import write_tables

__all__ = ["write_concepts"]


def write_concepts(tables: Mapping[str, pd.DataFrame], run: Path) -> Path:
    """Write the tables of :func:`~benchmarks.concepts.running.find_concepts`, figures and page; the page's path."""
    write_tables(run, tables)
    return close_section(run)
