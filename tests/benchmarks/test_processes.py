"""Jobs in several processes: all of them done, progress told, failures explained, nothing left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

import pytest

from benchmarks.processes import carry_out


def note(job: Path, on_progress: Callable[[int], None]) -> None:
    on_progress(2)
    job.write_text(str(os.getpid()))
    on_progress(3)


def stumble(job: str, on_progress: Callable[[int], None]) -> None:
    if job == "bad":
        raise LookupError("stone in the way")
    if job == "wrong":
        raise ValueError("expected a path, got a stone")
    time.sleep(60)


def vanish(job: str, on_progress: Callable[[int], None]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def tick(job: Path, on_progress: Callable[[int], None]) -> None:
    while True:
        job.write_text(str(os.getpid()))
        on_progress(1)
        time.sleep(0.02)


def test_every_job_is_done_elsewhere_and_tells_its_progress(tmp_path: Path) -> None:
    told: list[int] = []
    jobs = [tmp_path / str(number) for number in range(5)]
    carry_out(note, jobs, processes=2, on_progress=told.append)
    workers = {job.read_text() for job in jobs}
    assert str(os.getpid()) not in workers and 1 <= len(workers) <= 2
    assert sum(told) == 25
    assert not active_children()


def test_no_jobs_start_nothing() -> None:
    carry_out(stumble, [], processes=2)


def test_a_failure_stops_all_and_says_why() -> None:
    with pytest.raises(RuntimeError, match="stone in the way"):
        carry_out(stumble, ["long", "bad"], processes=2)
    assert not active_children()


def test_a_mistake_stays_a_mistake() -> None:
    with pytest.raises(ValueError, match="^expected a path, got a stone$"):
        carry_out(stumble, ["wrong"], processes=1)


def test_a_process_that_dies_is_told() -> None:
    with pytest.raises(RuntimeError, match=r"exit code -9.*run the same command again"):
        carry_out(vanish, ["job"], processes=1)


def test_at_least_one_process() -> None:
    with pytest.raises(ValueError, match="at least one process, got 0"):
        carry_out(note, [], processes=0)


def test_processes_do_not_outlive_their_parent(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    script = (
        "from pathlib import Path\nfrom benchmarks.processes import carry_out\n"
        "from tests.benchmarks.test_processes import tick\n"
        f"if __name__ == '__main__': carry_out(tick, [Path({str(path)!r})], processes=1)\n"
    )
    file = tmp_path / "parent.py"
    file.write_text(script)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen([sys.executable, str(file)], env=environment) as parent:
        while not path.exists() or not path.read_text():
            assert parent.poll() is None
            time.sleep(0.02)
        parent.kill()
    child = int(path.read_text())
    for _ in range(500):
        if not Path(f"/proc/{child}").exists():
            return
        time.sleep(0.02)
    pytest.fail(f"process {child} is still there")
