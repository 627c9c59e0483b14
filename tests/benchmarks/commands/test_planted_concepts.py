from pathlib import Path

import pytest

from benchmarks.concepts.planted_trials import Trial
from reports.tables import read_tables
from tests.benchmarks.conftest import Cli


def test_figures_stand_beside_their_bars_and_trials_are_kept(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Trial(rule="marker", steps=0, training=40, pool=300, judged=50)
    asked: list[object] = []

    def few(*given: object, **more: object) -> list[Trial]:
        asked.append((given, more))
        return [small]

    monkeypatch.setattr("benchmarks.concepts.planted_trials", few)
    wanted = [
        "planted-concepts",
        "--out",
        tmp_path / "run",
        "--rules",
        "marker",
        "--seeds",
        "3",
        "--shortcut-seeds",
        "",
        "--flow-steps",
        0,
    ]
    first = cli(*wanted)
    assert first.status == 0, first.err
    assert asked == [((("marker",), (3,), ()), {"steps": 0})]
    assert "trials: 1 of 1" in first.out and "needed >= 0.95" in first.out
    table = read_tables(tmp_path / "run")["planted_concepts"]
    assert {"recall", "agreement", "leakage", "not represented"} <= set(table["question"])
    assert first.last_line == str(tmp_path / "run" / "tables" / "planted_concepts.csv")
    assert "trials:" not in cli(*wanted).out
