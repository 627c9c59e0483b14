from pathlib import Path

import pandas as pd

from benchmarks.explanations import Explained, write_explained
from benchmarks.report import write_report
from benchmarks.request import Resolved
from benchmarks.sections import close_section, open_section
from reports.records import read_run
from reports.tables import read_tables
from tests.benchmarks.explanations.conftest import CPU


def test_tables_galleries_figures_and_a_page_that_can_be_rebuilt(explained: Explained, tmp_path: Path) -> None:
    run = tmp_path / "whole"
    resolved = Resolved(plan=explained.task.plan, label_match="3 of 3", preset="full")
    open_section(resolved, run, section="explained", device=CPU, command="here")
    summary = write_explained([explained], run)
    close_section(run)
    tables = read_tables(run)
    assert {"explanations", "explanations_summary", "explanations_agreement", "explanations_errors"} <= set(tables)
    assert len(tables["explanations_summary"]) == len(summary)
    assert {path.name for path in (run / "gallery").iterdir()} == {"dissected", "explained", "explained_worst"}
    assert read_run(run)["status"] == "complete"
    images = pd.read_parquet(run / "explanations" / "model-01" / "images.parquet")
    assert images["image_id"].tolist() == explained.task.chosen["image_id"].tolist()
    page = (run / "report.html").read_text(encoding="utf-8")
    for word in ("Explanations: why does it decide so?", "Confident errors dissected", "How much methods agree"):
        assert word in page
    write_report([run], run)
    assert (run / "report.html").read_text(encoding="utf-8") == page
