"""The trainings of a comparison: jobs that any process can do, and that are found again when they are done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from benchmarks.allocator import keep_freed_pages
from benchmarks.augmentation.beds import open_bed
from benchmarks.augmentation.comparison import REFERENCE, Comparison
from benchmarks.training import TrainedModel, TrainingData, TrainingSetting, is_trained, train

__all__ = ["TrainingJob", "alone", "comparison_jobs", "do_training", "trained_model"]


@dataclass(frozen=True, kw_only=True)
class TrainingJob:
    """One network to train.

    Attributes:
        comparison: what it belongs to.
        recipe: as the comparison calls it, or :data:`~benchmarks.augmentation.comparison.REFERENCE`.
        seed: of the training.
        padain_p: where the recipe leaves the probability of pAdaIN open.
        folder: of this training.
        device: where it runs, as torch writes it.
    """

    comparison: Comparison
    recipe: str
    seed: int
    padain_p: float | None
    folder: Path
    device: str

    @property
    def name(self) -> str:
        """How records call the network."""
        return f"{self.recipe}, seed {self.seed}"

    @property
    def setting(self) -> TrainingSetting:
        """How it is trained."""
        return self.comparison.setting(self.recipe, self.seed, self.padain_p)

    @property
    def data(self) -> TrainingData:
        """What it is trained on."""
        bed = open_bed(self.comparison.bed)
        if self.recipe != REFERENCE:
            return bed.training
        if bed.reference is None:
            raise ValueError("expected a bed with reference images, got one without")
        return bed.reference

    @property
    def images(self) -> int:
        """Training images of all epochs."""
        return self.setting.epochs * len(self.data)

    @property
    def done(self) -> bool:
        """Whether there is nothing left to train."""
        return is_trained(self.folder)


def comparison_jobs(comparison: Comparison, run: Path, *, padain_p: float | None, device: str) -> list[TrainingJob]:
    """Every training that is compared: seed by seed, so that early results are whole seeds.

    Args:
        comparison: what is compared.
        run: trainings lie in ``trainings/<recipe>-seed<seed>`` there.
        padain_p: what was chosen for recipes that leave it open.
        device: where they run.
    """
    names = [*comparison.recipes, *([REFERENCE] if open_bed(comparison.bed).reference is not None else [])]
    return [
        TrainingJob(
            comparison=comparison,
            recipe=name,
            seed=seed,
            padain_p=padain_p if name in comparison.open_recipes else None,
            folder=run / "trainings" / f"{name.replace(':', '_')}-seed{seed}",
            device=device,
        )
        for seed in comparison.seeds
        for name in names
    ]


def do_training(job: TrainingJob, on_progress: Callable[[int], None]) -> None:
    """Train, or go on with it, or do nothing if it is done; progress is counted in images."""
    alone()
    _train(job, on_progress)


def trained_model(job: TrainingJob) -> TrainedModel:
    """What a finished training left, under the name that records have for it."""
    trained = _train(job, lambda _: None)
    return replace(trained, model=replace(trained.model, name=job.name))


def alone() -> None:
    """Set up a process that works beside others: one thread, and memory that is kept."""
    torch.set_num_threads(1)
    keep_freed_pages()


def _train(job: TrainingJob, on_images: Callable[[int], None]) -> TrainedModel:
    bed = open_bed(job.comparison.bed)
    return train(
        job.setting,
        job.data,
        job.folder,
        device=torch.device(job.device),
        on_images=on_images,
        validation=bed.validation,
    )
