"""What a classifier answers when images carry statistics of others: every depth, several partners for each image."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from benchmarks.global_statistics.depths import Depth, stages
from benchmarks.global_statistics.exchange import UNDECIDED, clean_predictions, exchanged_predictions
from benchmarks.global_statistics.partners import NOBODY, other_class_partners, same_class_partners
from benchmarks.inference import Engine

__all__ = ["ANY", "OTHER", "PAIRS", "SAME", "Answers", "SwapOutcomes", "answers_at", "draw_partners", "swap_outcomes"]

Places = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

OTHER, SAME, ANY = "other_class", "same_class", "any"

PAIRS = {OTHER: other_class_partners, SAME: same_class_partners}
"""Kinds of partners, by name."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """Answers under exchange at one depth: (N,) predictions for each kind of partner."""

    partners: Mapping[str, Places]
    predictions: Mapping[str, Places]


@dataclass(frozen=True, kw_only=True)
class SwapOutcomes:
    """What exchanges did to every image; shares are over the draws of its partners.

    Attributes:
        depths: D places, pixels first.
        labels: (N,) classes.
        clean: (N,) predictions without exchange.
        answers: for each depth, one for each draw.
    """

    depths: tuple[Depth, ...]
    labels: Places
    clean: Places
    answers: Sequence[Sequence[Answers]]

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """(N,) whether an image is classified correctly without exchange."""
        return np.equal(self.clean, self.labels)

    def flipped(self, pairs: str = ANY) -> Shares:
        """(D, N) share of draws in which the prediction is another than without exchange; NaN without partner."""
        return self._shares(pairs, lambda predictions, _: predictions != self.clean)

    def correct(self, pairs: str = ANY) -> Shares:
        """(D, N) share of draws in which the prediction is right; NaN without partner."""
        return self._shares(pairs, lambda predictions, _: predictions == self.labels)

    def taken_over(self) -> Shares:
        """(D, N) share of draws in which an image gets the answer of its partner; NaN where none was of another.

        Counted over partners of other classes whose own prediction is another than the image's.
        """
        return self._shares(OTHER, lambda predictions, partners: predictions == self.clean[partners], differing=True)

    def _shares(
        self, pairs: str, event: Callable[[Places, Places], npt.NDArray[np.bool_]], *, differing: bool = False
    ) -> Shares:
        if pairs == ANY:
            return self._mixed(self._shares(OTHER, event), self._shares(SAME, event))
        shares = np.empty((len(self.depths), len(self.labels)))
        for row, draws in zip(shares, self.answers, strict=True):
            found = []
            for one in draws:
                partners, predictions = one.partners[pairs], one.predictions[pairs]
                counts = (partners != NOBODY) & (~differing | (self.clean[partners] != self.clean))
                found.append(np.where(counts, event(predictions, partners), np.nan))
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
                row[:] = np.nanmean(found, axis=0)
        return shares

    def _mixed(self, other: Shares, same: Shares) -> Shares:
        """What a partner drawn from all other images would give: both kinds in the proportion of the classes."""
        _, classes, sizes = np.unique(self.labels, return_inverse=True, return_counts=True)
        own = (sizes[classes] - 1) / max(len(self.labels) - 1, 1)
        return np.where(own > 0, own * same, 0) + np.where(own < 1, (1 - own) * other, 0)


def draw_partners(labels: Places, *, seed: int, draw: int) -> dict[str, Places]:
    """Draw a partner of each kind for every image: the same ones for every model, depth and batch size."""
    return {
        name: choose(labels, np.random.default_rng([seed, draw, number]))
        for number, (name, choose) in enumerate(PAIRS.items())
    }


def answers_at(
    engine: Engine, images: Tensor, partners: Mapping[str, Places], depth: str, *, on_images: Callable[[int], None]
) -> Answers:
    """Answer for all images with the statistics of each kind of partner at one depth."""
    predictions = {
        name: exchanged_predictions(engine, images, chosen, depth, on_images=on_images)
        for name, chosen in partners.items()
    }
    return Answers(partners=partners, predictions=predictions)


def swap_outcomes(
    classifier: nn.Module,
    images: Tensor,
    labels: Sequence[int],
    *,
    draws: int = 3,
    seed: int = 0,
    batch_size: int = 64,
    device: torch.device | str = "cpu",
    on_images: Callable[[int], None] = lambda _: None,
) -> SwapOutcomes:
    """Exchange channel statistics between images, in pixels and at every stage, and collect the answers.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits; its modes are put back afterwards.
        images: (N, 3, H, W) uint8.
        labels: N classes.
        draws: partners of each kind for every image.
        seed: of the draws.
        batch_size: images a forward pass; halved if memory runs out.
        device: where the classifier runs.
        on_images: called with numbers of images that are answered.

    Raises:
        ValueError: fewer than two images, or one whose logits are not finite.
    """
    truth = np.asarray(labels, dtype=np.int64)
    if len(images) < 2 or len(images) != len(truth):
        raise ValueError(
            f"expected at least two images that can exchange statistics, and a label for each, "
            f"got {len(images)} images and {len(truth)} labels"
        )
    engine = Engine(classifier=classifier, device=torch.device(device), precision="exact", batch_size=batch_size)
    with engine.running():
        clean = clean_predictions(engine, images)
        if broken := int((clean == UNDECIDED).sum()):
            raise ValueError(f"expected finite logits, got others for {broken} of {len(images)} images; leave them out")
        depths = stages(classifier, images[:1].to(engine.device).float() / 255)
        chosen = [draw_partners(truth, seed=seed, draw=draw) for draw in range(draws)]
        answers = [
            [answers_at(engine, images, partners, depth.name, on_images=on_images) for partners in chosen]
            for depth in depths
        ]
    return SwapOutcomes(depths=depths, labels=truth, clean=clean, answers=answers)
