from pathlib import Path
from typing import Any

import pytest

from benchmarks.confounders import measuring
from reports.tables import read_tables
from tests.benchmarks.conftest import Cli
from xai.invariances import ProbeRecipe, fit_reader


@pytest.fixture(autouse=True)
def _quick_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    def quick(*arguments: Any, **named: Any) -> Any:
        return fit_reader(*arguments, **(named | {"recipe": ProbeRecipe(hidden=8, steps=3)}))

    monkeypatch.setattr(measuring, "fit_reader", quick)


def test_a_model_and_again(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    wanted = ["confounders", *model_and_data, "--properties", "hue", "--widen", "move", "--copies", 2]
    wanted += ["--code", 3, "--steps", 3, "--flow-steps", 3, "--out", tmp_path / "run"]
    first = cli(*wanted)
    assert first.status == 0, first.err
    assert first.last_line == str(tmp_path / "run" / "report.html")
    for words in ("training steps, at most: 9 of 9", "test_resnet, hue", "test_resnet, coin", "of the answers"):
        assert words in first.out
    again = cli(*wanted)
    assert "training steps, at most: 9" not in again.out and again.last_line == first.last_line
    assert set(read_tables(tmp_path / "run")["confounders"]["confounder"]) == {"hue", "coin"}


def test_mistakes_are_said(cli: Cli, model_and_data: list[str]) -> None:
    wrong = cli("confounders", *model_and_data, "--properties", "age")
    assert wrong.status == 2 and "expected --properties among hue, saturation" in wrong.err
