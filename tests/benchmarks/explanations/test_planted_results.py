from pathlib import Path

import pytest

from benchmarks.explanations import PlantedFindings, write_planted
from reports.records import read_run
from reports.tables import read_tables
from tests.benchmarks.explanations.conftest import CPU


def test_tables_galleries_figures_and_page(shortcut: PlantedFindings, honest: PlantedFindings, tmp_path: Path) -> None:
    board = write_planted([shortcut, honest], tmp_path, device=CPU, command="here")
    tables = read_tables(tmp_path)
    assert len(tables["planted"]) == len(board)
    assert set(tables["planted_reliance"]["measure"]) == {"accuracy", "reliance"}
    assert {path.name for path in (tmp_path / "gallery").iterdir()} == {"planted_01", "planted_02"}
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"planted_01.svg", "planted_02.svg"}
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    for word in ("size, marker 100 %, seed 0", "size, no shortcut, seed 0", "Times chance", "gallery-planted_02"):
        assert word in page
    assert "Unfinished" not in page
    assert read_run(tmp_path)["command"] == "here"

    write_planted([honest], tmp_path, device=CPU, command="again")
    assert [path.name for path in (tmp_path / "gallery").iterdir()] == ["planted_01"], "what is stale goes"
    assert read_run(tmp_path)["plan"]["planted"] == ["size, no shortcut, seed 0"]


@pytest.mark.parametrize("column", ["value", "ratio"])
def test_every_figure_has_an_interval(shortcut: PlantedFindings, tmp_path: Path, column: str) -> None:
    board = write_planted([shortcut], tmp_path, device=CPU, command="here")
    low, high = ("low", "high") if column == "value" else ("ratio_low", "ratio_high")
    assert ((board[low] <= board[column]) & (board[column] <= board[high])).all()
    assert (board["n"] > 0).all()
