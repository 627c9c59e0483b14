"""Killed at any moment, a run continues and ends in the same bytes as one that was left alone."""

import random
import subprocess
import sys
import time
from pathlib import Path

KILLS = 10


def audit(run: Path, *, seconds: float = 300) -> bool:
    """Run an audit in a process of its own, killed after ``seconds``; whether it came to its end."""
    command = [sys.executable, "-m", "benchmarks", "audit", "--preset", "quick", "--images", "300", "--out", str(run)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=seconds, check=False
        )  # SIGKILL at the time-out
    except subprocess.TimeoutExpired:
        return False
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith("report.html")
    return True


def results(run: Path) -> dict[str, bytes]:
    """Everything that a run leaves behind, but for the page and run.json, which hold times."""
    folders = ("records", "tables", "figures", "gallery")
    files = (path for folder in folders for path in (run / folder).rglob("*") if path.is_file())
    return {str(path.relative_to(run)): path.read_bytes() for path in files}


def test_ten_kills_change_no_byte(tmp_path: Path) -> None:
    assert audit(tmp_path / "first"), "trains and caches the embedded network"
    begun = time.monotonic()
    assert audit(tmp_path / "whole")
    duration = time.monotonic() - begun

    moments = random.Random(0)
    ended = [audit(tmp_path / "killed", seconds=moments.uniform(0.3, 0.95) * duration) for _ in range(KILLS)]
    assert not ended[0], "at least the first kill hits a run at work"
    assert audit(tmp_path / "killed")

    assert results(tmp_path / "whole").keys() > {"tables/headline.csv", "records/block-000000.parquet"}
    assert results(tmp_path / "killed") == results(tmp_path / "whole") == results(tmp_path / "first")
    assert (tmp_path / "killed" / "report.html").exists()
