"""Killed at any moment, a run continues and ends in the same bytes as one that was left alone."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.starting import called, finished, results


def kill_when(command: list[str], due: Callable[[], bool], delay: float) -> bool:
    """Start an audit and send SIGKILL ``delay`` seconds after ``due`` came true; whether it was still at work."""
    with called(*command) as process:
        while process.is_alive() and not due():
            time.sleep(0.002)
        time.sleep(delay)
        process.kill()
        process.join()
        return process.exitcode != 0


def files(run: Path) -> list[Path]:
    return [path for path in run.rglob("*") if path.is_file()]


def test_ten_kills_change_no_byte(seven: list[str], whole: dict[str, bytes], tmp_path: Path) -> None:
    run = tmp_path / "killed"
    units = sum(name.startswith("records/") for name in whole)
    assert units == 7

    # Progress is counted in files, so that the moments do not depend on how fast the machine is.
    moments = random.Random(0)
    while_sweeping = sorted(moments.randrange(0, units) for _ in range(6))
    afterwards = sorted(moments.randrange(units + 1, len(whole)) for _ in range(4))
    hits = [
        kill_when([*seven, "--out", str(run)], lambda wanted=wanted: len(files(run)) >= wanted, delay)
        for wanted, delay in ((wanted, moments.uniform(0, 0.05)) for wanted in (*while_sweeping, *afterwards))
    ]
    assert len(hits) == 10 and sum(hits) >= 8, "nearly every kill hits a run at work"

    assert finished(*seven, "--out", run) == 0
    assert results(run) == whole
    assert (run / "report.html").exists()
