"""The probability of pAdaIN, chosen on validation images: short trainings want a larger one than the paper's.

Each candidate is trained from seeds that the comparison does not use. The one with the lowest error wins, averaged
over validation images as they are and under the four extra corruptions, which Hendrycks and Dietterich (ICLR 2019,
appendix B) hold out for this very purpose. Neither test images nor test corruptions take part.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import torch
from torch import Tensor

from benchmarks.augmentation.beds import labelled_images, open_bed
from benchmarks.augmentation.comparison import Comparison
from benchmarks.augmentation.resampling import Sampled, draw_both, joint_figure
from benchmarks.augmentation.trainings import TrainingJob, alone, do_training, trained_model
from benchmarks.inference import Engine
from benchmarks.metrics import EXTRA_CORRUPTIONS
from benchmarks.parts import read_part, write_part
from benchmarks.presets import choose_profile
from benchmarks.summary.figures import FIGURE, tidy
from robustness.corruptions import corrupt

__all__ = ["choice_jobs", "choice_table", "chosen_p", "do_choice", "read_choice"]

_IMAGES = 300  # for validation, at most
_SEVERITIES = (1, 3, 5)
_BATCH = 128
_CONVENTION = "error on validation images, mean of clean and of four held-out corruptions at severities 1, 3, 5"

Errors = npt.NDArray[np.float64]


def choice_jobs(comparison: Comparison, run: Path, *, device: str) -> list[TrainingJob]:
    """The trainings that decide; none if every recipe says its probability."""
    if not comparison.open_recipes:
        return []
    return [
        TrainingJob(
            comparison=comparison,
            recipe=f"padain:{p:g}",
            seed=seed,
            padain_p=p,
            folder=run / "choice" / f"padain_{p:g}-seed{seed}",
            device=device,
        )
        for p in comparison.candidates
        for seed in comparison.choosing_seeds
    ]


def do_choice(job: TrainingJob, on_progress: Callable[[int], None]) -> None:
    """Train a candidate and keep its errors on validation images."""
    if read_choice(job) is not None:
        return
    do_training(job, on_progress)
    alone()
    errors = _validation_errors(job)
    write_part(pa.table({"error": errors}), *_place(job))


def read_choice(job: TrainingJob) -> Errors | None:
    """(N,) mean error of each validation image, or None if they are still to be found."""
    part = read_part(*_place(job))
    return None if part is None else part["error"].to_numpy()


def choice_table(jobs: Sequence[TrainingJob], errors: Sequence[Errors]) -> pd.DataFrame:
    """Error of each candidate with its interval over images and seeds, and the one that is chosen.

    Args:
        jobs: of :func:`choice_jobs`.
        errors: what :func:`read_choice` says of each.

    Returns:
        Columns ``p``, ``metric``, value, low, high, n, convention and ``chosen``.
    """
    groups: dict[float, list[Errors]] = {}
    for job, one in zip(jobs, errors, strict=True):
        groups.setdefault(float(job.padain_p or 0), []).append(one)
    best = _best(groups)
    rows = []
    for p, found in groups.items():
        outcomes = np.stack(found)
        draws = draw_both(outcomes.shape[1], len(found), seed=0)
        sampled = Sampled(
            values=outcomes.mean(axis=1),
            samples=outcomes @ (draws.images.T / outcomes.shape[1]),
            n=outcomes.shape[1],
            convention=_CONVENTION,
        )
        figure = joint_figure(sampled, draws)._asdict()
        rows.append({"p": p, "metric": "validation_error", **figure, "chosen": p == best})
    return tidy(rows, ["p", "metric", *FIGURE, "chosen"])


def chosen_p(table: pd.DataFrame) -> float:
    """The probability that a table of :func:`choice_table` chooses."""
    return float(table.loc[table["chosen"], "p"].iloc[0])


def _best(groups: Mapping[float, Sequence[Errors]]) -> float:
    """The lowest error; of equals the probability nearest to doing nothing."""
    return min(groups, key=lambda p: (np.mean(groups[p]), p))


def _validation_errors(job: TrainingJob) -> Errors:
    images, labels = labelled_images(open_bed(job.comparison.bed).validation, _IMAGES)
    device = torch.device(job.device)
    engine = Engine(classifier=trained_model(job).model.classifier, device=device, precision="exact", batch_size=_BATCH)
    profile = choose_profile((images.shape[2], images.shape[3]))
    seeds = torch.arange(len(images))
    with engine.running():
        clean = _wrong(engine, images, labels)
        cells = [
            _wrong(engine, corrupt(images, name, severity, seeds=seeds, profile=profile), labels)
            for name in EXTRA_CORRUPTIONS
            for severity in _SEVERITIES
        ]
    return np.asarray((clean + np.mean(cells, axis=0)) / 2)


def _wrong(engine: Engine, images: Tensor, labels: Tensor) -> Errors:
    return (engine.logits(images).argmax(dim=1) != labels).double().numpy()


def _place(job: TrainingJob) -> tuple[Path, str]:
    return job.folder / "choice.parquet", f"{job.comparison.fingerprint()} {job.padain_p} {job.seed}"
