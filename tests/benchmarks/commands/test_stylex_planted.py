from pathlib import Path

import pandas as pd
import pytest

from benchmarks.stylex.planted_judging import JUDGED
from tests.benchmarks.conftest import Cli


def test_systems_are_said_with_their_bars(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figure = {"value": 0.5, "low": 0.4, "high": 0.6, "n": 20, "convention": "share"}
    rows = [
        {"question": question, "rank": rank, "direction": way, "attribute": name, **figure}
        for way in ("towards", "away")
        for question, rank, name in (("share", 1, "hue"), ("flips", 1, ""), ("legit", 1, ""), ("random", 5, ""))
    ]
    judged = pd.DataFrame(rows, columns=JUDGED).assign(system="marker and size, seed 0", rule="marker and size")
    monkeypatch.setattr("benchmarks.stylex.find_systems", lambda *_, **__: judged)
    outcome = cli("stylex", "planted", "--rules", "marker_and_size", "--out", tmp_path, "--device", "cpu")
    assert outcome.status == 0, outcome.err
    assert "group 1: towards moves hue, share 0.50 [0.40, 0.60]" in outcome.out
    assert "missed  marker and size: the first group moves the marker most" in outcome.out
    assert outcome.last_line == str(tmp_path / "tables" / "stylex_planted.csv")
    bars = pd.read_csv(tmp_path / "tables" / "stylex_planted_bars.csv").set_index("bar")
    assert not bars["reached"]["random"]


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--rules", "shape"], "expected a rule with two classes"), (["--recipe", "gan"], "expected --recipe among")],
)
def test_mistakes_are_messages(cli: Cli, options: list[str], message: str) -> None:
    outcome = cli("stylex", "planted", *options)
    assert outcome.status == 2 and message in outcome.err
