"""What several layers of a classifier make of images, in one pass, differentiable in the pixels."""

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["LOGITS", "Layers", "as_rows"]

LOGITS = "logits"
"""The name of a classifier's output among its layers."""

_MOST = 4096  # numbers an image; wider maps are averaged over neighbouring positions


class Layers:
    """A classifier as a function from images to the outputs of its layers.

    Args:
        classifier: (N, 3, H, W) images in [0, 1] to (N, K) logits, in evaluation mode.
        modules: parts of it, by name, in the order in which they should be told.

    Raises:
        ValueError: a part is named like the output.
    """

    def __init__(self, classifier: Callable[[Tensor], Tensor], modules: Mapping[str, nn.Module]) -> None:
        if LOGITS in modules:
            raise ValueError(f"expected names of parts other than {LOGITS!r}, which is the classifier's output")
        self.classifier, self.modules = classifier, dict(modules)

    @property
    def names(self) -> tuple[str, ...]:
        """Of the layers; the logits are the last."""
        return (*self.modules, LOGITS)

    def __call__(self, images: Tensor) -> dict[str, Tensor]:
        """Outputs of all layers for images (N, 3, H, W), by name; of a part that runs several times, the last.

        Raises:
            ValueError: a part did not run, or gave something else than one tensor a batch.
        """
        found: dict[str, Tensor] = {}
        with self._listening(found):
            logits = self.classifier(images)
        for name in self.modules:
            if name not in found or found[name].ndim < 2 or len(found[name]) != len(images):
                got = tuple(found[name].shape) if name in found else "none"
                raise ValueError(f"expected one row an image from {name}, got {got}; choose another layer")
        return {name: found[name] for name in self.modules} | {LOGITS: logits}

    @torch.no_grad()
    def rows(self, images: Tensor, *, batch_size: int = 256) -> dict[str, Tensor]:
        """Features (N, D) of all layers, see :func:`as_rows`, on the images' device."""
        parts = [{name: as_rows(x) for name, x in self(part).items()} for part in images.split(batch_size)]
        return {name: torch.cat([part[name] for part in parts]) for name in self.names}

    @contextlib.contextmanager
    def _listening(self, found: dict[str, Tensor]) -> Iterator[None]:
        def keep(name: str, output: object) -> None:
            if isinstance(output, Tensor):
                found[name] = output.clone()  # what follows may work in place

        handles = [
            part.register_forward_hook(lambda _, __, output, name=name: keep(name, output))
            for name, part in self.modules.items()
        ]
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()


def as_rows(features: Tensor) -> Tensor:
    """Flatten each image's features to (N, D); maps wider than 4,096 numbers are averaged over neighbours first.

    Args:
        features: (N, C, h, w), (N, tokens, C), or anything with a row for each image.

    Example:
        >>> as_rows(torch.zeros(2, 64, 32, 32)).shape, as_rows(torch.zeros(2, 10)).shape
        (torch.Size([2, 4096]), torch.Size([2, 10]))
    """
    if features[0].numel() > _MOST:
        if features.ndim == 4:
            side = max(1, math.isqrt(_MOST // features.shape[1]))
            features = F.adaptive_avg_pool2d(features, (min(side, features.shape[2]), min(side, features.shape[3])))
        elif features.ndim == 3:
            features = F.adaptive_avg_pool1d(features.transpose(1, 2), max(1, _MOST // features.shape[2]))
    return features.flatten(1)
