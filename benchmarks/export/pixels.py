"""The images of an export: those the sweep could read, prepared once more, with the seeds they had there."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from benchmarks.conditions import CLEAN
from benchmarks.loading import load_sample
from benchmarks.plan import Plan, image_seed
from benchmarks.sweep import shard_path

__all__ = ["prepared_block", "readable_part"]

_DECODED = ("ok", "nonfinite_logits")  # the latter is the classifier's fault


def readable_part(plan: Plan, run: Path) -> Plan:
    """Leave out the images that a finished sweep could not read.

    Args:
        plan: of the run.
        run: its folder; every unit has its records.

    Returns:
        The plan of the other images, in their order.
    """
    bad: set[str] = set()
    for block in plan.blocks:
        rows = pd.read_parquet(shard_path(run, block), columns=["image_id", "status"])
        bad.update(rows.loc[~rows["status"].isin(_DECODED), "image_id"])
    kept = _positions(plan.samples.entries.ids, bad)
    return replace(plan, samples=plan.samples.select(kept)) if bad else plan


def _positions(ids: Iterable[str], bad: set[str]) -> list[int]:
    return [position for position, image_id in enumerate(ids) if image_id not in bad]


def prepared_block(plan: Plan, block: int, *, device: torch.device) -> tuple[Tensor, Tensor]:
    """Decode and prepare the images of one unit.

    Args:
        plan: all of its images can be read, and its models share one preparation.
        block: index of the unit.
        device: where the images are to be corrupted.

    Returns:
        (N, 3, H, W) uint8 images and their (N,) int64 seeds.

    Raises:
        ValueError: an image that the sweep could read is gone or damaged.
    """
    samples, (preparation,) = plan.block(block), plan.groups
    with ThreadPoolExecutor() as pool:
        loaded = list(pool.map(lambda sample: load_sample(plan.samples, sample, CLEAN, [preparation]), samples))
    for sample, one in zip(samples, loaded, strict=True):
        if one.status != "ok":
            raise ValueError(
                f"expected to read {sample.path} again as in the sweep, got {one.status}; restore the file"
            )
    seeds = torch.tensor([image_seed(plan.seed, sample.image_id) for sample in samples], dtype=torch.int64)
    return torch.stack([one.pixels[preparation] for one in loaded]).to(device), seeds.to(device)
