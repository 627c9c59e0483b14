"""From images to the stability of each: decode with a margin, perturb, classify every frame, compare the frames.

A block of images at a time, so that memory holds the frames of a few images, whatever the size of the data.
"""

import math
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.conditions import CLEAN
from benchmarks.datasets import Sample
from benchmarks.inference import Engine
from benchmarks.loading import Loaded, load_sample
from benchmarks.metrics import flip_probability, top5_distances
from benchmarks.plan import Plan, image_seed
from benchmarks.preparation import Preparation
from robustness.perturbations import COURSES, NOISE_PERTURBATIONS, PERTURBATIONS, perturb

__all__ = ["SCORES", "score_sequences", "with_margin"]

SCORES = ["model", "image_id", "status", "frames", "flip_probability", "top5_distance"]

_FRAME_BYTES = 1 << 26  # of all frames that are there at once
Block = tuple[Sequence[Sample], list[Loaded]]


def with_margin(preparation: Preparation) -> Preparation:
    """The same pixels with what the crop cuts off, up to a square: perturbations move it into sight.

    The original keeps the whole photo around the crop; here, as its images vary in shape, the square.

    Example:
        >>> with_margin(Preparation(size=(224, 224), crop_fraction=0.875)).size
        (256, 256)
    """
    height, width = (math.floor(side / preparation.crop_fraction) for side in preparation.size)
    return replace(preparation, size=(height, width), crop_fraction=1.0)


def score_sequences(
    plan: Plan, engines: Sequence[Engine], name: str, *, on_images: Callable[[int], None] = lambda _: None
) -> pd.DataFrame:
    """Measure the stability of every model of a plan on every image, under one perturbation.

    The models share decoding and perturbation. Noise compares with the first frame, the rest with the frame
    before.

    Args:
        plan: models, images, profile and seed; its conditions do not matter.
        engines: one for each of the plan's models, in :meth:`Engine.running`.
        name: a key of :data:`robustness.perturbations.PERTURBATIONS`.
        on_images: called after each block with the number of its images.

    Returns:
        One row for each model and image with the columns :data:`SCORES`; images that could not be read or
        classified have a status other than ``ok``, and gaps.

    Raises:
        ValueError: no such perturbation, or data that was corrupted before it was stored.
    """
    if name not in PERTURBATIONS:
        raise ValueError(f"expected a perturbation among {', '.join(PERTURBATIONS)}, got {name!r}")
    if plan.samples.conditions:
        raise ValueError(
            f"expected data of clean images to perturb, got {plan.samples.name}, which stores corrupted ones"
        )
    parts: list[pd.DataFrame] = []
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for samples, loaded in _read_ahead(plan, _blocks(plan, name), pool):
            for preparation, positions in plan.groups.items():
                parts += _block_scores(plan, engines, name, (samples, loaded), (preparation, positions))
            on_images(len(samples))
    order = {model.name: place for place, model in enumerate(plan.models)}
    scores = pd.concat(parts, ignore_index=True)
    return scores.sort_values("model", key=lambda names: names.map(order), kind="stable", ignore_index=True)


def _blocks(plan: Plan, name: str) -> Iterator[Sequence[Sample]]:
    """The images in blocks whose frames fit the memory that is meant for them."""
    pixels = max(math.prod(preparation.size) for preparation in plan.groups)
    film = 3 * pixels * len(COURSES[name][plan.profile].steps)
    size = min(max(_FRAME_BYTES // film, 1), plan.block_size)
    for start in range(0, len(plan.samples.entries), size):
        yield plan.samples.entries[start : start + size]


def _read_ahead(plan: Plan, blocks: Iterable[Sequence[Sample]], pool: ThreadPoolExecutor) -> Iterator[Block]:
    """Decode blocks in order; the next one is decoded while this one is computed."""
    margins = [with_margin(preparation) for preparation in plan.groups]
    queue: deque[tuple[Sequence[Sample], list[Future[Loaded]]]] = deque()
    for block in blocks:
        queue.append((block, [pool.submit(load_sample, plan.samples, one, CLEAN, margins) for one in block]))
        if len(queue) > 1:
            samples, futures = queue.popleft()
            yield samples, [future.result() for future in futures]
    for samples, futures in queue:
        yield samples, [future.result() for future in futures]


def _block_scores(
    plan: Plan, engines: Sequence[Engine], name: str, block: Block, group: tuple[Preparation, list[int]]
) -> Iterator[pd.DataFrame]:
    """Rows of a block, for one after the other of the models that see the same pixels."""
    (samples, loaded), (preparation, positions) = block, group
    readable = [place for place, one in enumerate(loaded) if one.status == "ok"]
    if readable:
        margin = with_margin(preparation)
        pixels = torch.stack([loaded[place].pixels[margin] for place in readable]).to(engines[0].device)
        seeds = torch.tensor([image_seed(plan.seed, samples[place].image_id) for place in readable])
        films = perturb(pixels, name, seeds=seeds, profile=plan.profile, size=preparation.size)
    for position in positions:
        frame = pd.DataFrame({"image_id": [sample.image_id for sample in samples]})
        frame = frame.assign(
            model=plan.models[position].name,
            status=[one.status for one in loaded],
            frames=len(COURSES[name][plan.profile].steps),
            flip_probability=np.nan,
            top5_distance=np.nan,
        )
        if readable:
            for column, values in _compare(engines[position], films, name).items():
                frame.loc[readable, column] = values
        yield frame[SCORES]


def _compare(engine: Engine, films: Tensor, name: str) -> dict[str, NDArray[np.generic]]:
    """Classify (N, F, 3, H, W) frames and compare them; N entries by column."""
    logits = engine.logits(films.flatten(0, 1)).unflatten(0, films.shape[:2]).numpy()
    finite = np.isfinite(logits).all(axis=(1, 2))
    logits = np.where(finite[:, None, None], logits, 0.0)
    to_first = name in NOISE_PERTURBATIONS
    return {
        "status": np.where(finite, "ok", "nonfinite_logits"),
        "flip_probability": np.where(finite, flip_probability(logits.argmax(axis=2), to_first=to_first), np.nan),
        "top5_distance": np.where(finite, top5_distances(logits, to_first=to_first), np.nan),
    }
