"""One tiny comparison, carried out once, and made-up figures whose truth is known."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.augmentation import Attack, Comparison, Execution, PlantedBed, run_comparison, running
from benchmarks.augmentation.metrics import Key
from benchmarks.augmentation.resampling import Draws, Sampled, draw_both
from benchmarks.augmentation.table import Compared
from benchmarks.training import DIGITS_SETTING

TINY = Comparison(
    bed=PlantedBed(count=128, held_out=32, test=20),
    recipes=("baseline", "padain"),
    seeds=(0, 1),
    training=replace(DIGITS_SETTING, epochs=2),
    candidates=(0.1, 0.3),
    choosing_seeds=(7,),
    images=12,
    attack=Attack(images=6, steps=2),
    exchanged=8,
)


class Counted:
    """Counts what a stage tells."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0

    def advance(self, count: int) -> None:
        self.done += count


def execution(run: Path, stages: dict[str, Counted], said: list[str]) -> Execution:
    @contextmanager
    def progress(title: str, total: int) -> Iterator[Counted]:
        stages[title] = Counted(total)
        yield stages[title]

    return Execution(
        run=run, device=torch.device("cpu"), processes=1, command="test", progress=progress, say=said.append
    )


def here(work: Any, jobs: Sequence[Any], *, processes: int, on_progress: Callable[[int], None]) -> None:
    """Every job in this process, in place of spawned ones."""
    for job in jobs:
        work(job, on_progress)


class Finished:
    """A finished tiny comparison."""

    def __init__(self, run: Path) -> None:
        self.run, self.stages, self.said = run, dict[str, Counted](), list[str]()
        self.tables: dict[str, pd.DataFrame] = run_comparison(TINY, execution(run, self.stages, self.said))


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "carry_out", here)
        return Finished(tmp_path_factory.mktemp("tiny") / "run")


def made_up(shifts: dict[str, float], *, key: Key, seeds: int = 5, images: int = 200) -> Compared:
    """Figures of recipes that differ by ``shifts`` from 0.3, with noise of images and seeds."""
    generator = np.random.default_rng(0)
    draws = draw_both(images, seeds, seed=0)
    hard = generator.normal(0, 0.3, images)
    hard -= hard.mean()
    figures = [_noisy(0.3 + shift + hard, seeds, draws, generator) for shift in shifts.values()]
    return Compared(
        recipes=tuple(shifts), overlaps=dict.fromkeys(shifts, ""), seeds=tuple(range(seeds)), figures={key: figures},
        draws=draws,
    )  # fmt: skip


def _noisy(level: np.ndarray, seeds: int, draws: Draws, generator: np.random.Generator) -> Sampled:
    outcomes = level + generator.normal(0, 0.05, (seeds, len(level)))
    weights = draws.images / len(level)
    return Sampled(values=outcomes.mean(axis=1), samples=outcomes @ weights.T, n=len(level), convention="made up")
