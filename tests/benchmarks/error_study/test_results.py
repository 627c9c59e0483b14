from pathlib import Path

import torch

from benchmarks.error_study.protocol import Protocol
from benchmarks.error_study.results import write_study
from reports.records import read_run
from reports.tables import read_tables
from tests.benchmarks.error_study.conftest import made_comparisons


def test_tables_page_and_protocol_are_left_behind(tmp_path: Path) -> None:
    protocol = Protocol(seeds=(1,))
    found = {one: made_comparisons(gain=0.04) for one in protocol.classifiers[:2]}
    for _ in range(2):
        write_study(protocol, found, tmp_path, device=torch.device("cpu"), command="here")
    page = (tmp_path / "report.html").read_text()
    assert "Many small classifiers" in page and "convnet, 100 images, seed 1" in page
    assert {"error_study", "error_study_bars"} <= set(read_tables(tmp_path))
    assert read_run(tmp_path)["plan"]["error_study"]["least_errors"] == 200
