from pathlib import Path

import pandas as pd
import pytest

from tests.benchmarks.conftest import Cli


def test_a_scoreboard_from_nothing_and_its_continuation(cli: Cli, tmp_path: Path) -> None:
    wanted = ["planted", "--out", tmp_path, "--rules", "marker,coin", "--side", 16, "--steps", 40, "--images", 16]
    first = cli(*wanted, "--methods", "gradient_x_input")
    assert first.status == 0, first.err
    assert first.last_line == str(tmp_path / "report.html")
    for word in ("marker, no shortcut, seed 0", "decisions that hang on marker", "marker (wanted)", "random"):
        assert word in first.out
    table = pd.read_csv(tmp_path / "tables" / "planted.csv")
    assert {"gradient_x_input", "random"} == set(table["method"])
    assert {"reliance", "accuracy"} == set(pd.read_csv(tmp_path / "tables" / "planted_reliance.csv")["measure"])
    again = cli(*wanted, "--methods", "gradient_x_input,attention_rollout", "--rules", "marker")
    assert again.status == 0, again.err
    assert "training steps and maps: 56 of 56" in again.out, "the new method alone"
    assert "attention_rollout does not apply" in again.out


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--rules", "colour"], "expected a rule among shape"),
        (["--methods", "saliency"], "expected --methods among integrated_gradients"),
        (["--seeds", "one"], "expected comma-separated whole numbers"),
    ],
)
def test_mistakes_are_messages(cli: Cli, tmp_path: Path, more: list[str], message: str) -> None:
    outcome = cli("planted", "--out", tmp_path / "run", *more)
    assert outcome.status == 2
    assert outcome.err.startswith("error: ") and message in outcome.err
