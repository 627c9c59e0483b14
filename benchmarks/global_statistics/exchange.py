"""Two images exchange their channel statistics at one depth, and the classifier answers for both."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from benchmarks.global_statistics.depths import PIXELS, network_of
from benchmarks.global_statistics.partners import pairs_of
from benchmarks.inference import Engine
from robustness.global_statistics import swap_at, swap_colour_statistics

__all__ = ["UNDECIDED", "Exchange", "clean_predictions", "exchanged_predictions"]

UNDECIDED = -1
"""In place of the predicted class of an image that has no partner, or whose logits are not finite."""

_BLOCK = 256  # pairs or images that are floats at once
Places = npt.NDArray[np.int64]


class Exchange(nn.Module):
    """A classifier of pairs: the logits of either image with the other's statistics at one depth.

    Pairs are single arguments, so that :class:`benchmarks.inference.Engine` batches them like images.

    Args:
        classifier: (N, 3, H, W) pixels to (N, K) logits.
        depth: name of a module inside the network, or ``pixels``.
    """

    def __init__(self, classifier: nn.Module, depth: str) -> None:
        super().__init__()
        self.classifier = classifier
        self.depth = depth

    def forward(self, pairs: Tensor) -> Tensor:
        """(P, 6, H, W) uint8 pixels of both images to the (P, 2 K) logits of both."""
        images = torch.cat(pairs.split(3, dim=1)).float() / 255
        other = torch.arange(len(images), device=images.device).roll(len(pairs))
        if self.depth == PIXELS:
            logits = self.classifier(swap_colour_statistics(images, other))
        else:
            with swap_at(network_of(self.classifier), self.depth, other):
                logits = self.classifier(images)
        return torch.cat(logits.chunk(2), dim=1)


def exchanged_predictions(
    engine: Engine,
    images: Tensor,
    partners: Places,
    depth: str,
    *,
    on_images: Callable[[int], None] = lambda _: None,
) -> Places:
    """Predict every image with its partner's statistics.

    Args:
        engine: of the classifier, running.
        images: (N, 3, H, W) uint8.
        partners: (N,) places of :mod:`benchmarks.global_statistics.partners`.
        depth: where statistics are exchanged.
        on_images: called with numbers of images that are answered.

    Returns:
        (N,) predicted classes; :data:`UNDECIDED` for images without a partner or with logits that are not finite.
    """
    pairing = replace(engine, classifier=Exchange(engine.classifier, depth), batch_size=max(1, engine.batch_size // 2))
    predictions = np.full(len(images), UNDECIDED, dtype=np.int64)
    for pairs in np.array_split(pairs_of(partners), range(_BLOCK, len(partners), _BLOCK)):
        if not len(pairs):
            continue
        first, second = pairs.T
        logits = pairing.logits(torch.cat([images[first], images[second]], dim=1))
        mutual = partners[second] == first
        predictions[first], after = (_decide(half) for half in logits.chunk(2, dim=1))
        predictions[second[mutual]] = after[mutual]
        on_images(len(first) + int(mutual.sum()))
    return predictions


def clean_predictions(engine: Engine, images: Tensor) -> Places:
    """(N,) predicted classes of images (N, 3, H, W) uint8; :data:`UNDECIDED` where logits are not finite."""
    return np.concatenate([_decide(engine.logits(block.float() / 255)) for block in images.split(_BLOCK)])


def _decide(logits: Tensor) -> Places:
    finite = torch.isfinite(logits).all(dim=1)
    return torch.where(finite, logits.argmax(dim=1), UNDECIDED).numpy()
