import multiprocessing
import os
from collections.abc import Callable

import pytest

from benchmarks.speed.workers import started
from tests.starting import FORKS


def start_counting() -> Callable[..., tuple[int, int, int]]:
    calls = iter(range(100))
    return lambda *numbers: (os.getpid(), next(calls), sum(numbers))


def test_each_worker_is_a_process_that_keeps_its_state_and_takes_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: FORKS)  # which has loaded the libraries
    with started(start_counting) as first, started(start_counting) as second:
        results = [worker.round(number, 3) for number, worker in enumerate((first, second, first))]
    (pid, zero, three), (other, also_zero, four), (same, one, five) = results
    assert pid == same != other != os.getpid()
    assert (zero, also_zero, one) == (0, 0, 1)
    assert (three, four, five) == (3, 4, 5)
