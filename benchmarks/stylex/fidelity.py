"""Whether a StylEx shows the classifier's images: what is lost on the way through its style coordinates."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.metrics import bootstrap, hull_interval, resample_counts
from benchmarks.metrics.frechet import frechet_distance
from benchmarks.summary.figures import FIGURE, Figure, rate, resampled
from xai.stylex import StylEx
from xai.stylex.view import ClassifierView

__all__ = ["FIDELITY", "measure_fidelity"]

FIDELITY = ["measure", *FIGURE]
"""Columns of the table."""

_RESAMPLES, _FRECHET_RESAMPLES = 1000, 100
_BATCH = 128

Array = npt.NDArray[np.float64]


def measure_fidelity(system: StylEx, images: Tensor, *, seed: int = 0) -> pd.DataFrame:
    """Compare images with their reconstructions, by pixels and by the classifier.

    Args:
        system: a trained StylEx.
        images: (N, 3, side, side) uint8 that it was not trained on.
        seed: of the bootstrap.

    Returns:
        Rows of :data:`FIDELITY`: ``agreement`` of the decisions; ``divergence``, the mean KL(C(x) || C(x')) in nats;
        ``pixels``, the mean absolute difference of pixels in [0, 1]; ``frechet``, the Fréchet distance of the deepest
        features of the classifier, where it has maps; and ``swap_flips``, the share of decisions that turn when the
        two class probabilities in the latent are exchanged and all else stays.
    """
    seen = _Seen.of(system, images)
    counts = resample_counts(len(images), _RESAMPLES, seed)
    first, made, swapped = (part.argmax(1) for part in (seen.logits, seen.made_logits, seen.swapped_logits))
    divergence = F.kl_div(seen.made_logits.log_softmax(1), seen.logits.softmax(1), reduction="none").sum(1)
    rows: list[tuple[str, Figure]] = [
        ("agreement", _rate(first == made, "images decided like their reconstructions")),
        ("divergence", _mean(divergence, counts, "mean KL(C(x) || C(x')), nats")),
        ("pixels", _mean(seen.distances, counts, "mean |x - x'| of pixels in [0, 1]")),
        ("swap_flips", _rate(made != swapped, "reconstructions decided otherwise with class probabilities exchanged")),
    ]
    if seen.features is not None and seen.made_features is not None:
        rows.append(("frechet", _frechet(seen.features, seen.made_features, counts[:_FRECHET_RESAMPLES])))
    return pd.DataFrame([{"measure": name, **figure._asdict()} for name, figure in rows], columns=FIDELITY)


class _Seen:
    """What the classifier sees of images, of their reconstructions, and of these with the classes swapped."""

    def __init__(self, parts: list[dict[str, Tensor]]) -> None:
        whole = {name: torch.cat([part[name] for part in parts]).double().cpu() for name in parts[0]}
        self.logits, self.made_logits, self.swapped_logits = whole["logits"], whole["made"], whole["swapped"]
        self.distances = whole["distances"]
        self.features, self.made_features = whole.get("features"), whole.get("made_features")

    @classmethod
    @torch.no_grad()
    def of(cls, system: StylEx, images: Tensor) -> "_Seen":
        view = ClassifierView(system.classifier, images[:1].to(system.device).float() / 255)
        parts = []
        for batch in images.split(_BATCH):
            pixels = batch.to(system.device).float() / 255
            made = system.reconstruct(pixels)
            (logits, maps), (made_logits, made_maps) = view(pixels), view(made)
            part = {"logits": logits, "made": made_logits, "distances": (made - pixels).abs().mean((1, 2, 3))}
            part["swapped"] = view(system.decode(system.condition_swapped(pixels)))[0]
            if maps:
                part |= {"features": maps[-1].mean((2, 3)), "made_features": made_maps[-1].mean((2, 3))}
            parts.append(part)
        return cls(parts)


def _rate(hits: Tensor, convention: str) -> Figure:
    return rate(int(hits.sum()), len(hits), convention)


def _mean(values: Tensor, counts: npt.NDArray[np.uint8], convention: str) -> Figure:
    numbers = values.numpy()
    samples = bootstrap(lambda weights: weights @ numbers / weights.sum(1), counts)
    return resampled(float(numbers.mean()), samples, len(numbers), convention)


def _frechet(features: Tensor, made: Tensor, counts: npt.NDArray[np.uint8]) -> Figure:
    one, other = features.numpy(), made.numpy()
    value = frechet_distance(one, other)
    drawn = [np.repeat(np.arange(len(one)), row) for row in counts]
    samples: Any = np.array([frechet_distance(one[rows], other[rows]) for rows in drawn])
    low, high = hull_interval(samples, value)
    how = f"bootstrap over images, {len(samples)} resamples, hull of percentile and mirrored percentile 95 %"
    words = f"Fréchet distance of {one.shape[1]} classifier features, not of Inception's; {how}"
    return Figure(value, low, high, len(one), words)
