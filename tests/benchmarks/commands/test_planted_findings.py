from pathlib import Path

import pandas as pd
import pytest

from benchmarks.conditions import CLEAN, Condition
from benchmarks.speed.records import MadeUp, write_made_up
from tests.benchmarks.conftest import Cli

FOG = Condition(kind="corruption", name="fog", severity=3)


def test_controls_shuffle_the_records_of_an_audit(cli: Cli, tmp_path: Path) -> None:
    write_made_up(tmp_path / "audit", MadeUp(images=300, classes=6, block=300, conditions=(CLEAN, FOG)))
    outcome = cli(
        "planted-findings",
        "--problems",
        "",
        "--controls",
        3,
        "--control",
        tmp_path / "audit",
        "--out",
        tmp_path / "out",
    )
    assert outcome.status == 0, outcome.err
    table = pd.read_csv(tmp_path / "out" / "tables" / "findings_control.csv")
    assert len(table) == 6 and table["findings"].sum() <= 1
    assert outcome.last_line.endswith("findings_control.csv")


def test_an_unknown_problem_is_named(cli: Cli, tmp_path: Path) -> None:
    outcome = cli("planted-findings", "--problems", "gremlins", "--out", tmp_path)
    assert outcome.status == 2 and "expected --problems among mislabelled_class" in outcome.err


@pytest.mark.parametrize("option", ["--seeds", "--controls"])
def test_help_names_the_options(cli: Cli, option: str) -> None:
    assert option in cli("planted-findings", "--help").out
