"""Killed at any moment, a run continues and ends in the same bytes as one that was left alone."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

IMAGES = 448  # seven units of work


def start(run: Path) -> subprocess.Popen[bytes]:
    options = ["--preset", "quick", "--sections", "corruptions", "--images", str(IMAGES), "--out", str(run)]
    command = [sys.executable, "-m", "benchmarks", "audit", *options]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finish(run: Path) -> None:
    with start(run) as process:
        assert process.wait(timeout=300) == 0


def kill_when(run: Path, due: Callable[[], bool], delay: float) -> bool:
    """Start an audit and send SIGKILL ``delay`` seconds after ``due`` came true; whether it was still at work."""
    with start(run) as process:
        while process.poll() is None and not due():
            time.sleep(0.002)
        time.sleep(delay)
        process.kill()
        return process.wait() != 0


def files(run: Path) -> list[Path]:
    return [path for path in run.rglob("*") if path.is_file()]


def results(run: Path) -> dict[str, bytes]:
    """Everything that a run leaves behind, but for the page and run.json, which hold times."""
    return {
        str(path.relative_to(run)): path.read_bytes()
        for path in files(run)
        if path.name not in {"run.json", "report.html"} and path.suffix != ".partial"
    }


def test_ten_kills_change_no_byte(tmp_path: Path) -> None:
    finish(tmp_path / "whole")
    whole, run = results(tmp_path / "whole"), tmp_path / "killed"
    shards = sum(name.startswith("records/") for name in whole)
    assert shards == 7

    # Progress is counted in files, so that the moments do not depend on how fast the machine is.
    moments = random.Random(0)
    while_sweeping = sorted(moments.randrange(0, shards) for _ in range(6))
    afterwards = sorted(moments.randrange(shards + 1, len(whole)) for _ in range(4))
    hits = [
        kill_when(run, lambda wanted=wanted: len(files(run)) >= wanted, moments.uniform(0, 0.05))
        for wanted in (*while_sweeping, *afterwards)
    ]
    assert len(hits) == 10 and sum(hits) >= 8, "nearly every kill hits a run at work"

    finish(run)
    assert results(run) == whole
    assert (run / "report.html").exists()
