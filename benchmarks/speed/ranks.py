"""Ranks: one sweep by one process and by two, a thread each, in turns."""

import functools
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.allocator import keep_freed_pages
from benchmarks.embedded import EmbeddedTraining, embedded_default
from benchmarks.engines import running_engines
from benchmarks.plan import Plan
from benchmarks.ranks import client, host
from benchmarks.request import Request, resolve
from benchmarks.speed.workers import started
from benchmarks.sweep import run_sweep

__all__ = ["measure_ranks"]

_ROUNDS = 5
_UNIT = 32  # images: 29 units, of which two ranks can do 15 and 14

Sweep = Callable[[str, int, int, int], None]


def measure_ranks(device: torch.device) -> Iterator[pd.DataFrame]:
    """Time the embedded default's sweep under eleven conditions, by one rank and by two that share the units.

    Processes are started and set up before; timed is from handing out the units to the last shard on the disk. Each of
    them computes with one thread, so that two have what one had twice.

    Yields:
        A table of images per second with the ratio to one rank.
    """
    embedded_default(EmbeddedTraining())  # before the processes need it
    start = functools.partial(_start, str(device))
    seconds: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        workers = [stack.enter_context(started(start)) for _ in range(2)]
        pool = stack.enter_context(ThreadPoolExecutor(len(workers)))
        for turn in range(_ROUNDS + 1):
            for world, durations in seconds.items():
                run = Path(folder) / f"{turn}-{world}"
                first, port = host(world + 1, lambda _: False)  # hands out, and computes nothing
                began = time.perf_counter()
                first.hand_out(_plan().blocks)
                rounds = [
                    pool.submit(worker.round, str(run), rank, world + 1, port)
                    for rank, worker in enumerate(workers[:world], start=1)
                ]
                for one in rounds:
                    one.result()
                if turn:  # the first one warms up
                    durations.append(time.perf_counter() - began)
    yield _rates(seconds, len(_plan().samples.entries))


def _rates(seconds: dict[int, list[float]], images: int) -> pd.DataFrame:
    alone = np.array(seconds[1])
    rows = []
    for world, durations in seconds.items():
        ratios = alone / np.array(durations)
        rows.append(
            {
                "ranks": world,
                "images_per_second": images / np.median(durations),
                "ratio": np.median(ratios),
                "ratio_lowest": ratios.min(),
                "ratio_highest": ratios.max(),
                "rounds": len(durations),
            }
        )
    return pd.DataFrame(rows)


@functools.cache
def _plan() -> Plan:
    return replace(resolve(Request(preset="quick", images=100_000)).plan, block_size=_UNIT)  # all there are


def _start(device: str) -> Sweep:
    """What a process does before it is timed, and each time it is."""
    torch.set_num_threads(1)
    keep_freed_pages()
    engines = running_engines(_plan(), device=torch.device(device), batch_size=_UNIT).__enter__()  # for life

    def sweep(run: str, rank: int, world: int, port: int) -> None:
        run_sweep(_plan(), Path(run), engines, ranks=client(rank, world, port))

    return sweep
