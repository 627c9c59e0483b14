"""Real audits of real files, small: the planted problem is the first finding, and a folder without one has none."""

from pathlib import Path

import pandas as pd
import pytest

from benchmarks.finding_trials import trials
from benchmarks.finding_trials.planting import Planted
from benchmarks.finding_trials.trials import TRIALS, trial_commands, trial_row
from reports.tables import write_tables


def test_a_shortcut_is_asked_for_with_concepts_and_the_others_by_the_audit_alone() -> None:
    planted = Planted(data=Path("d"), checkpoint=Path("c"), check="seen_as", subject="3")
    assert [command[0] for command in trial_commands(planted, Path("r"))] == ["audit"]
    told = Planted(data=Path("d"), checkpoint=Path("c"), check="factor", subject="marker", attributes=Path("a.csv"))
    audit, concepts = trial_commands(told, Path("r"))
    assert concepts[0] == "concepts" and "a.csv" in concepts
    assert audit[audit.index("--out") + 1] == concepts[concepts.index("--out") + 1] == "r"


@pytest.mark.parametrize(
    ("checks", "rank"), [(["seen_as", "factor"], 1), (["factor", "seen_as"], 2), (["factor"], 0), ([], 0)]
)
def test_the_rank_of_what_was_planted_is_read_from_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, checks: list[str], rank: int
) -> None:
    planted = Planted(data=tmp_path, checkpoint=tmp_path, check="seen_as", subject="03")
    monkeypatch.setattr(trials, "PROBLEMS", {"problem": lambda root, seed: planted})

    def run(command: list[str]) -> None:
        rows = [
            {"rank": n, "check": check, "subject": "03", "statement": f"{check} it is", "share": 0.2}
            | {"share_low": 0.1, "share_high": 0.3, "adjusted_p": 1e-4}
            for n, check in enumerate(checks, start=1)
        ]
        columns = ["rank", "check", "subject", "statement", "share", "share_low", "share_high", "adjusted_p"]
        write_tables(Path(command[command.index("--out") + 1]), {"findings": pd.DataFrame(rows, columns=columns)})

    row = trial_row("problem", 5, tmp_path, run=run)
    assert set(row) <= set(TRIALS) and row["rank"] == rank and row["findings"] == len(checks)
    assert row["first"] == (f"{checks[0]} it is" if checks else "")
