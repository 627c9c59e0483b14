"""What a planted run leaves behind: tables, galleries, figures and a page."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import torch

from benchmarks.explanations.planted_pictures import planted_gallery
from benchmarks.explanations.planted_running import PlantedFindings, planted_tables
from benchmarks.provenance import describe_device, installed_versions, now
from benchmarks.report import write_report
from reports.gallery import write_gallery
from reports.records import read_run, write_run
from reports.tables import write_tables

__all__ = ["write_planted"]

_OWN = "planted"  # in the plan of runs that hold nothing else


def write_planted(found: Sequence[PlantedFindings], run: Path, *, device: torch.device, command: str) -> pd.DataFrame:
    """Judge the maps of planted classifiers and write everything that shows it.

    Args:
        found: the classifiers.
        run: the folder of the run; if an audit or another command owns it, its page gets a section more.
        device: where the work was done.
        command: the command line, for the page.

    Returns:
        The scoreboard, which is also ``tables/planted.csv``.
    """
    tables = planted_tables(found)
    write_tables(run, tables)
    names = [f"planted_{number:02d}" for number in range(1, len(found) + 1)]
    for stale in (path for path in (run / "gallery").glob("planted_*") if path.name not in names):
        shutil.rmtree(stale)
    for name, one in zip(names, found, strict=True):
        write_gallery(run, planted_gallery(one, name))
    if not (run / "run.json").exists() or _OWN in read_run(run)["plan"]:
        metadata = {
            "format": 1,
            "title": "Planted classifiers",
            "command": command,
            "models": [],
            "plan": {_OWN: [one.setting.name for one in found]},
            "versions": installed_versions(),
            "device": describe_device(device),
            "status": "complete",
        }
        write_run(run, metadata | now())
    write_report([run], run)
    return tables["planted"]
