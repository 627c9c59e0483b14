"""Trials: a planted folder is audited as a user would do it, and the first finding is read from the run folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.finding_trials.planting import ARCHITECTURE, PROBLEMS, Planted
from reports.tables import read_tables

__all__ = ["TRIALS", "trial_commands", "trial_row"]

TRIALS = ["problem", "seed", "planted", "rank", "findings", "first", "share", "share_low", "share_high", "adjusted_p"]
"""Columns of what trials found; ``rank`` is that of the first finding that names what was planted, 0 for none."""


def trial_row(problem: str, seed: int, out: Path, *, run: Callable[[list[str]], None]) -> dict[str, Any]:
    """Plant a problem, audit it and look where it stands.

    Args:
        problem: a key of :data:`~benchmarks.finding_trials.planting.PROBLEMS`.
        seed: of what is planted.
        out: holds folder and run; a finished run is only read.
        run: carries out the command line ``classifier-audit ...``.

    Returns:
        A row of :data:`TRIALS`.
    """
    folder = out / f"{problem}-{seed}"
    planted = PROBLEMS[problem](folder / "data", seed)
    for command in trial_commands(planted, folder / "run"):
        run(command)
    findings = read_tables(folder / "run")["findings"]
    named = findings[(findings["check"] == planted.check) & (findings["subject"] == planted.subject)]
    row = {"problem": problem, "seed": seed, "planted": planted.subject, "findings": len(findings)}
    row["rank"] = int(named["rank"].iloc[0]) if len(named) else 0
    if findings.empty:
        return row | {"first": ""}
    first = findings.iloc[0]
    told = {name: float(first[name]) for name in ("share", "share_low", "share_high", "adjusted_p")}
    return row | {"first": str(first["statement"])} | told


def trial_commands(planted: Planted, run: Path) -> list[list[str]]:
    """The command lines of a trial: an audit, and concepts where attributes are known."""
    what = ["--model", ARCHITECTURE, "--checkpoint", str(planted.checkpoint), "--data", str(planted.data)]
    audit = [
        "audit",
        *what,
        "--out",
        str(run),
        "--preset",
        "quick",
        "--sections",
        "corruptions",
        "--images",
        "1000",
        "--profile",
        "cifar",
    ]
    if planted.attributes is None:
        return [audit]
    concepts = ["concepts", *what, "--out", str(run), "--attributes", str(planted.attributes)]
    concepts += ["--edits", "", "--flow-steps", "0"]
    return [audit, concepts]
