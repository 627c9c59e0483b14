"""What is measured of each trained network beside the sweep: accuracy under attack, and reliance on statistics."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks.augmentation.beds import open_bed
from benchmarks.augmentation.trainings import TrainingJob, alone, trained_model
from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples, stratified_subset
from benchmarks.global_statistics import swap_outcomes
from benchmarks.labels import match_labels
from benchmarks.loading import load_sample
from benchmarks.parts import read_part, write_part
from benchmarks.zoo import ZooModel
from robustness.attacks import pgd

__all__ = ["Measured", "do_measuring", "measurable", "read_measured", "tested_samples"]

_BATCH = 128
_EXCHANGES = 1  # partners of each kind for every image
_ATTACK, _EXCHANGE = "attack.parquet", "exchange.parquet"

Shares = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Outcomes of one network, image by image.

    Attributes:
        attacked: ``image_id`` and ``right``, whether the answer is right after the attack.
        exchanged: ``depth``, ``image_id``, ``flipped``, ``correct``, ``taken_over`` (shares of exchanges; NaN where an
            image has no such partner).
    """

    attacked: pd.DataFrame
    exchanged: pd.DataFrame


@dataclass(frozen=True, kw_only=True)
class _Tested:
    """Test images as a network sees them: ids, (N, 3, H, W) uint8 and (N,) classes."""

    ids: list[str]
    images: Tensor
    labels: Tensor


def tested_samples(job: TrainingJob) -> Samples:
    """The test images of the comparison."""
    return stratified_subset(open_bed(job.comparison.bed).test, job.comparison.images, seed=0)


def measurable(samples: Samples) -> bool:
    """Whether there are clean images, which attacks and exchanges begin with."""
    return not samples.conditions or CLEAN in samples.conditions


def do_measuring(job: TrainingJob, on_progress: Callable[[int], None]) -> None:
    """Attack a trained network and exchange statistics in it, unless both are done; progress counts networks."""
    if read_measured(job) is None:
        alone()
        model = trained_model(job).model
        write_part(_attacked(job, model), *_place(job, _ATTACK))
        write_part(_exchanged(job, model), *_place(job, _EXCHANGE))
    on_progress(1)


def read_measured(job: TrainingJob) -> Measured | None:
    """What was measured, or None if something is missing."""
    attacked, exchanged = (read_part(*_place(job, name)) for name in (_ATTACK, _EXCHANGE))
    if attacked is None or exchanged is None:
        return None
    return Measured(attacked=attacked.to_pandas(), exchanged=exchanged.to_pandas())


def _attacked(job: TrainingJob, model: ZooModel) -> pa.Table:
    """PGD from the same random starts for every network."""
    attack, device = job.comparison.attack, torch.device(job.device)
    tested = _first_images(job, model, attack.images)
    classifier = model.classifier.to(device).eval()
    generator = torch.Generator().manual_seed(0)
    right: list[bool] = []
    for images, labels in zip(tested.images.split(_BATCH), tested.labels.split(_BATCH), strict=True):
        pixels, truth = images.to(device).float() / 255, labels.to(device)
        worst = pgd(classifier, pixels, truth, eps=attack.eps / 255, steps=attack.steps, generator=generator)
        with torch.inference_mode():
            right += (classifier(worst).argmax(dim=1) == truth).tolist()
    return pa.table({"image_id": tested.ids, "right": right})


def _exchanged(job: TrainingJob, model: ZooModel) -> pa.Table:
    """Exchanges with the same partners for every network."""
    tested = _first_images(job, model, job.comparison.exchanged)
    outcomes = swap_outcomes(
        model.classifier,
        tested.images,
        tested.labels.tolist(),
        draws=_EXCHANGES,
        batch_size=_BATCH,
        device=job.device,
    )
    columns: dict[str, Shares] = {
        "flipped": outcomes.flipped(),
        "correct": outcomes.correct(),
        "taken_over": outcomes.taken_over(),
    }
    depths = np.repeat([depth.name for depth in outcomes.depths], len(tested.ids))
    return pa.table(
        {"depth": depths, "image_id": tested.ids * len(outcomes.depths)}
        | {name: values.ravel() for name, values in columns.items()}
    )


def _first_images(job: TrainingJob, model: ZooModel, count: int) -> _Tested:
    """A draw of the test images that can be read; a larger one contains the smaller."""
    samples = stratified_subset(tested_samples(job), count, seed=0)
    classes = match_labels(samples.entries.present, model.classifier.class_names, aliases=model.aliases).indices
    loaded = [(one, load_sample(samples, one, CLEAN, (model.preparation,))) for one in samples.entries]
    good = [(one, found.pixels[model.preparation]) for one, found in loaded if found.status == "ok"]
    return _Tested(
        ids=[one.image_id for one, _ in good],
        images=torch.stack([pixels for _, pixels in good]),
        labels=torch.tensor([classes[one.class_name] for one, _ in good]),
    )


def _place(job: TrainingJob, name: str) -> tuple[Path, str]:
    return job.folder / name, f"{job.comparison.fingerprint()} {job.name} {job.padain_p}"
