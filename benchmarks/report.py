"""From records to tables, figures and the page, without any inference."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.findings import find_findings
from benchmarks.summary import COLUMNS, Panel, read_panels, skipped, status, summarise_panels
from reports.gallery import Gallery, read_galleries
from reports.page import render_page, write_page
from reports.records import read_records, read_run, write_atomically
from reports.reference import read_reference
from reports.sections import ADDED_TABLES, draw_every_figure
from reports.tables import read_tables, write_tables

__all__ = ["write_report"]


def write_report(
    runs: Sequence[Path], out: Path, *, illustrate: Callable[[Mapping[str, pd.DataFrame]], None] = lambda _: None
) -> Path:
    """Rebuild tables, figures and page of one run, or compare several.

    Args:
        runs: run folders with records.
        out: folder of the results; the run itself for a single run.
        illustrate: called with the tables of a single run before its pictures are read, and may add some.

    Returns:
        The path of the page.

    Raises:
        FileNotFoundError: a folder holds no run.
        ValueError: the runs cannot be compared.
    """
    metadata = [read_run(run) for run in runs]
    found = _other_tables(runs)
    panels: list[Panel] = []
    if _audited(runs[0]) or not found:
        panels, audited = _audit_tables(runs, metadata)
        tables = audited | found
    else:
        tables = found
    if len(runs) == 1:
        tables |= find_findings(panels, tables)
        illustrate(tables)
    figures = draw_every_figure(tables)
    write_tables(out, tables)
    for name, figure in figures.items():
        write_atomically(out / "figures" / f"{name}.svg", figure)
    page = out / "report.html"
    write_page(page, render_page(metadata, tables, figures, _galleries(runs)))
    return page


def _audit_tables(
    runs: Sequence[Path], metadata: Sequence[dict[str, Any]]
) -> tuple[list[Panel], dict[str, pd.DataFrame]]:
    """The records as panels, and the tables of both."""
    names = _model_names(runs, metadata)
    records = _joined_records(runs, names)
    panels, counted = read_panels(records), {"status": status(records), "skipped": skipped(records)}
    del records  # what panels do not hold would stay in memory until the page is written
    tables = summarise_panels(
        panels,
        profile=_only(metadata, "plan", "profile"),
        seed=_only(metadata, "plan", "seed"),
        jpeg_roundtrip=_roundtrip_models(metadata, names),
    )
    return panels, tables | counted | {"reference": read_reference()}


def _other_tables(runs: Sequence[Path]) -> dict[str, pd.DataFrame]:
    """What other commands left in a run folder; comparisons of several runs leave it out."""
    found = read_tables(runs[0]) if len(runs) == 1 else {}
    return {name: table for name, table in found.items() if name in ADDED_TABLES}


def _audited(run: Path) -> bool:
    return any((run / "records").glob("*.parquet"))


def _model_names(runs: Sequence[Path], metadata: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    """How each run's models are called; one that appears in several runs is told apart by its run's folder."""
    own = [[model["name"] for model in run["models"]] for run in metadata]
    counts = Counter(name for names in own for name in names)
    return [
        {name: f"{name} ({run.name})" if any(counts[one] > 1 for one in names) else name for name in names}
        for run, names in zip(runs, own, strict=True)
    ]


def _joined_records(runs: Sequence[Path], names: Sequence[dict[str, str]]) -> pd.DataFrame:
    """Records of all runs."""
    if len(runs) == 1:
        return read_records(runs[0], COLUMNS)
    frames = []
    for run, own in zip(runs, names, strict=True):
        frame = read_records(run, COLUMNS)
        frame["model"] = frame["model"].cat.rename_categories(own).astype(str)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _roundtrip_models(metadata: Sequence[dict[str, Any]], names: Sequence[dict[str, str]]) -> set[str]:
    """The models whose corrupted images passed through JPEG."""
    found: set[str] = set()
    for run, own in zip(metadata, names, strict=True):
        if run["plan"].get("jpeg_roundtrip"):
            found.update(own.values())
    return found


def _only(metadata: Sequence[dict[str, Any]], section: str, key: str) -> Any:
    """The value that all runs share."""
    values = {run[section][key] for run in metadata}
    if len(values) > 1:
        raise ValueError(f"expected runs with the same {key} to compare, got {sorted(map(str, values))}")
    return values.pop()


def _galleries(runs: Sequence[Path]) -> list[Gallery]:
    """The pictures of all runs, told apart by number and folder where there are several."""
    if len(runs) == 1:
        return read_galleries(runs[0])
    return [
        replace(gallery, name=f"{gallery.name}_{number}", title=f"{gallery.title}: {run.name}")
        for number, run in enumerate(runs, start=1)
        for gallery in read_galleries(run)
    ]
