import os
from collections.abc import Callable

from benchmarks.speed.workers import started


def start_counting() -> Callable[[], tuple[int, int]]:
    calls = iter(range(100))
    return lambda: (os.getpid(), next(calls))


def test_each_worker_is_a_process_that_keeps_its_state() -> None:
    with started(start_counting) as first, started(start_counting) as second:
        results = [worker.round() for worker in (first, second, first)]
    (pid, zero), (other, also_zero), (same, one) = results
    assert pid == same != other != os.getpid()
    assert (zero, also_zero, one) == (0, 0, 1)


def start_adding() -> Callable[[int, int], int]:
    return lambda first, second: first + second


def test_a_round_takes_arguments() -> None:
    with started(start_adding) as worker:
        assert [worker.round(1, 2), worker.round(3, 4)] == [3, 7]
