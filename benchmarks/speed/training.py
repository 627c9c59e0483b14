"""Training: what recipes cost beside the baseline, and what a second process brings."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.allocator import keep_freed_pages
from benchmarks.datasets.digits import digits
from benchmarks.training import DIGITS_SETTING, RECIPES, choose_preparation, parse_recipe, split, training_data
from benchmarks.training.fitting import Fit
from benchmarks.training.ranks import join

__all__ = ["measure_training"]

_RECIPES = (*RECIPES, "augmix+padain")
_ROUNDS = 5
_EPOCHS = 6
_BATCHES = (128, 256)  # images a step, of all processes together
_WORLDS = (1, 2)


def measure_training(device: torch.device) -> Iterator[pd.DataFrame]:
    """Time an epoch of digits under every recipe in turns; then one process against two, each of one thread.

    Yields:
        A table of recipes: images per second, and the ratio to the baseline in the same turn; then one of processes:
        images per second without the first epoch, and the ratio to one process in the same turn, for two batch sizes.
    """
    keep_freed_pages()
    yield _recipes(device)
    yield _processes()


def _recipes(device: torch.device) -> pd.DataFrame:
    samples = digits()
    images = split(training_data(samples, choose_preparation(samples)), 0.0, seed=0)
    fits = {
        name: Fit(replace(DIGITS_SETTING, recipe=parse_recipe(name), epochs=_ROUNDS + 1), *images, join(device))
        for name in _RECIPES
    }
    rates: dict[str, list[float]] = {name: [] for name in fits}
    for _ in range(_ROUNDS + 1):
        for name, fit in fits.items():
            fit.run_epoch(lambda _: None)
            rates[name].append(fit.log[-1]["images_per_second"])
    return _beside("recipe", {name: found[1:] for name, found in rates.items()})  # the first turn warms up


def _processes() -> pd.DataFrame:
    tables = []
    with tempfile.TemporaryDirectory() as folder:
        for batch in _BATCHES:
            rates: dict[str, list[float]] = {str(world): [] for world in _WORLDS}
            for turn in range(_ROUNDS):
                for world in _WORLDS:
                    rates[str(world)].append(_trained_rate(world, batch, Path(folder) / f"{batch}-{turn}-{world}"))
            tables.append(_beside("processes", rates).assign(batch=batch))
    return pd.concat(tables, ignore_index=True)


def _trained_rate(world: int, batch: int, folder: Path) -> float:
    """Images per second of ``classifier-audit train`` under torchrun, a thread for each process."""
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(world)]
    options = ["--epochs", str(_EPOCHS), "--batch-size", str(batch), "--validation", "0", "--device", "cpu"]
    command = [sys.executable, *launch, "-m", "benchmarks", "train", *options, "--out", str(folder)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    log = pd.read_csv(folder / "log.csv").iloc[1:]
    return float(log["images"].sum() / (log["images"] / log["images_per_second"]).sum())


def _beside(kind: str, rates: dict[str, list[float]]) -> pd.DataFrame:
    """Each rate beside the first one's of the same turn."""
    first = np.array(next(iter(rates.values())))
    rows = []
    for name, found in rates.items():
        ratios = np.array(found) / first
        rows.append(
            {
                kind: name,
                "images_per_second": float(np.median(found)),
                "ratio": float(np.median(ratios)),
                "ratio_lowest": float(ratios.min()),
                "ratio_highest": float(ratios.max()),
                "rounds": len(found),
            }
        )
    return pd.DataFrame(rows)
