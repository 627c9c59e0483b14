from pathlib import Path
from typing import Any

import pytest

from benchmarks.invariances import measuring
from reports.tables import read_tables
from tests.benchmarks.conftest import Cli
from xai.invariances import ProbeRecipe, unexplained


@pytest.fixture(autouse=True)
def _quick_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    def quick(*arguments: Any, **named: Any) -> Any:
        return unexplained(*arguments, **(named | {"recipe": ProbeRecipe(hidden=8, steps=3)}))

    monkeypatch.setattr(measuring, "unexplained", quick)


def test_a_model_and_again(cli: Cli, model_and_data: list[str], tmp_path: Path) -> None:
    wanted = ["invariances", *model_and_data, "--layers", "layer4", "--widen", "move,mirror", "--copies", 3]
    wanted += ["--code", 3, "--steps", 3, "--flow-steps", 3, "--out", tmp_path / "run"]
    first = cli(*wanted)
    assert first.status == 0, first.err
    assert first.last_line == str(tmp_path / "run" / "report.html")
    for words in ("30 of 30, for test_resnet", "training steps: 9 of 9", "layer4, logits", "decision kept"):
        assert words in first.out
    again = cli(*wanted)
    assert "training steps: 9" not in again.out and again.last_line == first.last_line
    assert set(read_tables(tmp_path / "run")["invariances"]["layer"]) == {"autoencoder", "layer4", "logits"}


def test_mistakes_are_said(cli: Cli, model_and_data: list[str]) -> None:
    wrong = cli("invariances", *model_and_data, "--widen", "blur")
    assert wrong.status == 2 and "expected --widen among hue, move, mirror, got 'blur'" in wrong.err
