"""Corruptions beside the best-known package that makes them: the same photos and machine, in turns."""

import functools
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_sample_images
from torch import Tensor

from benchmarks.speed.peer import load_peer, peer_available, stored_seconds
from benchmarks.speed.workers import Worker, started
from robustness.corruptions import CORRUPTIONS, TEST_CORRUPTIONS, corrupt

__all__ = ["measure_corruptions", "photo_crops"]

_SIDE = 224
_IMAGES = 64
_ROUNDS = 3
_SEVERITIES = range(1, 6)
_SLOWEST = "glass_blur"  # more than half a second an image in the peer's hands
_PEER_IMAGES = {_SLOWEST: 1}
_FEW = 8  # images for the peer's other corruptions

Cell = tuple[str, int]
Seconds = dict[Cell, float]


def measure_corruptions(device: torch.device) -> Iterator[pd.DataFrame]:
    """Time every corruption on one thread against ``imagecorruptions``, then on two threads against one.

    Crops of 224 px of the photos in scikit-learn; 64 in a batch here, one by one in the peer, which knows no
    batches. Each of the three has a process of its own; they take turns, one corruption at a time. Where the peer
    is not installed, its rates are those stored with this package, scaled to this machine by a calibration.

    Yields:
        A table of images per second at severity 3 with the ratio to the peer, lowest and highest over the
        rounds; one of whole suites; and one of two threads against one.
    """
    cells = [(name, severity) for name in CORRUPTIONS for severity in _SEVERITIES]
    with (
        started(functools.partial(_start_ours, str(device), 1)) as one,
        started(functools.partial(_start_ours, str(device), 2)) as two,
        started(_start_peer) as peer,
    ):
        workers = {"one": one, "two": two, "peer": peer}
        rounds = [_take_turns(workers, cells) for _ in range(_ROUNDS)]
    yield _single(rounds, [cell for cell in cells if cell[1] == 3])
    yield _suites(rounds, cells)


def photo_crops() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(64, 224, 224, 3) uint8: seeded crops of the two photos that ship with scikit-learn."""
    photos, generator = load_sample_images().images, np.random.default_rng(0)
    crops = []
    for number in range(_IMAGES):
        photo = photos[number % len(photos)]
        top, left = (int(generator.integers(0, side - _SIDE)) for side in photo.shape[:2])
        crops.append(photo[top : top + _SIDE, left : left + _SIDE])
    return np.stack(crops)


def _take_turns(workers: dict[str, Worker], cells: Iterable[Cell]) -> dict[str, Seconds]:
    """Seconds an image of each worker, for each cell."""
    found: dict[str, Seconds] = {name: {} for name in workers}
    for cell in cells:
        for name, worker in workers.items():
            found[name][cell] = worker.round(cell)
    return found


def _single(rounds: list[dict[str, Seconds]], cells: list[Cell]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"corruption": name, "severity": level, **_row(rounds, [(name, level)])} for name, level in cells]
    )


def _suites(rounds: list[dict[str, Seconds]], cells: list[Cell]) -> pd.DataFrame:
    test = [cell for cell in cells if cell[0] in TEST_CORRUPTIONS]
    fast = [cell for cell in test if cell[0] != _SLOWEST]
    slowest = min(cells, key=lambda cell: _row(rounds, [cell])["ratio"])
    suites = {
        "15 x 5": test,
        f"15 x 5 without {_SLOWEST}": fast,
        "19 x 5": cells,
        f"least gain: {slowest[0]} {slowest[1]}": [slowest],
    }
    rows = []
    for name, chosen in suites.items():
        threads = [_total(one["one"], chosen) / _total(one["two"], chosen) for one in rounds]
        rows.append({"suite": name, **_row(rounds, chosen), "two_threads": np.median(threads)})
    return pd.DataFrame(rows)


def _row(rounds: list[dict[str, Seconds]], cells: list[Cell]) -> dict[str, Any]:
    ours, theirs = ([_total(one[name], cells) for one in rounds] for name in ("one", "peer"))
    ratios = np.array(theirs) / np.array(ours)
    return {
        "images_per_second": len(cells) / np.median(ours),
        "peer_images_per_second": len(cells) / np.median(theirs),
        "ratio": np.median(ratios),
        "ratio_lowest": ratios.min(),
        "ratio_highest": ratios.max(),
    }


def _total(seconds: Seconds, cells: Iterable[Cell]) -> float:
    return sum(seconds[cell] for cell in cells)


def _start_ours(device: str, threads: int) -> Callable[[Cell], float]:
    from benchmarks.allocator import keep_freed_pages

    keep_freed_pages()
    torch.set_num_threads(threads)
    images = torch.from_numpy(photo_crops()).permute(0, 3, 1, 2).contiguous().to(device)
    seeds = torch.arange(len(images), device=device)
    return functools.partial(_time_ours, images, seeds)


def _time_ours(images: Tensor, seeds: Tensor, cell: Cell) -> float:
    corrupt(images[:4], *cell, seeds=seeds[:4])  # compiles, and fills tables
    start = time.perf_counter()
    corrupt(images, *cell, seeds=seeds)
    if images.is_cuda:
        torch.cuda.synchronize(images.device)
    return (time.perf_counter() - start) / len(images)


def _start_peer() -> Callable[[Cell], float]:
    if not peer_available():
        return stored_seconds().__getitem__
    return functools.partial(_time_peer, load_peer(), photo_crops())


def _time_peer(peer: Callable[..., Any], photos: Any, cell: Cell) -> float:
    name, severity = cell
    chosen = photos[: _PEER_IMAGES.get(name, _FEW)]
    start = time.perf_counter()
    for photo in chosen:
        peer(photo, severity=severity, corruption_name=name)
    return (time.perf_counter() - start) / len(chosen)
