"""What a study leaves behind: tables, figures and a page."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import torch

from benchmarks.error_study.protocol import Protocol, SmallClassifier
from benchmarks.error_study.tables import study_tables
from benchmarks.provenance import describe_device, installed_versions, now
from benchmarks.report import write_report
from reports.records import read_run, write_run
from reports.tables import write_tables

__all__ = ["write_study"]

_OWN = "error_study"  # in the plan of runs that hold nothing else


def write_study(
    protocol: Protocol,
    found: Mapping[SmallClassifier, pd.DataFrame],
    run: Path,
    *,
    device: torch.device,
    command: str,
) -> dict[str, pd.DataFrame]:
    """Write the tables of all classifiers and the page that shows them.

    Args:
        protocol: what was measured.
        found: comparisons of each classifier.
        run: the folder of the run.
        device: where the work was done.
        command: the command line, for the page.

    Returns:
        The tables, which are also ``tables/error_study*.csv``.
    """
    tables = study_tables(protocol, found)
    write_tables(run, tables)
    if not (run / "run.json").exists() or _OWN in read_run(run)["plan"]:
        metadata = {
            "format": 1,
            "title": "Error detection on small classifiers",
            "command": command,
            "models": [],
            "plan": {_OWN: asdict(protocol)},
            "versions": installed_versions(),
            "device": describe_device(device),
            "status": "complete",
        }
        write_run(run, metadata | now())
    write_report([run], run)
    return tables
