"""What a StylEx sees of its classifier: logits, and features at a few depths, from one pass."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["ClassifierView"]

_MOST_DEPTHS = 3


class ClassifierView:
    """A frozen copy of a classifier, in evaluation mode, with the features of its coarser and coarser maps.

    Of all modules whose output is a map (N, C, h, w) smaller than the image, the last at each size is taken, and of
    these the :data:`3 <_MOST_DEPTHS>` finest. Classifiers that are no modules, or have no maps, show logits alone.

    Args:
        classifier: (N, 3, H, W) images in [0, 1] to (N, K) logits, differentiable.
        image: (1, 3, H, W), to see the sizes.
    """

    def __init__(self, classifier: Callable[[Tensor], Tensor], image: Tensor) -> None:
        if isinstance(classifier, nn.Module):
            module = copy.deepcopy(classifier).to(image.device).to(memory_format=torch.channels_last)
            classifier = module.eval().requires_grad_(requires_grad=False)
        self.classifier = classifier
        self._taps = _choose_taps(classifier, image) if isinstance(classifier, nn.Module) else []

    @property
    def depths(self) -> int:
        """Number of features."""
        return len(self._taps)

    def __call__(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(N, K) logits and a map (N, C, h, w) for each depth, finest first."""
        seen: dict[int, Tensor] = {}

        def keep(depth: int) -> Callable[[nn.Module, Any, Tensor], None]:
            def hook(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
                seen[depth] = output

            return hook

        handles = [module.register_forward_hook(keep(depth)) for depth, module in enumerate(self._taps)]
        try:
            logits = self.classifier(images)
        finally:
            for handle in handles:
                handle.remove()
        return logits, [seen[depth] for depth in range(len(self._taps))]

    def probabilities(self, images: Tensor, batch_size: int = 256) -> Tensor:
        """(N, K) float32 probabilities of uint8 or float images, a batch at a time, on the classifier's device."""
        with torch.no_grad():
            parts = [self.classifier(batch).float().softmax(1) for batch in _batches(images, batch_size)]
        return torch.cat(parts)


def _batches(images: Tensor, batch_size: int) -> Iterator[Tensor]:
    for batch in images.split(batch_size):
        yield batch.float() / 255 if batch.dtype == torch.uint8 else batch


def _choose_taps(classifier: nn.Module, image: Tensor) -> list[nn.Module]:
    last: dict[tuple[int, int], nn.Module] = {}

    def look(module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and 1 < output.shape[2] < image.shape[2]:
            last[(output.shape[2], output.shape[3])] = module

    handles = [module.register_forward_hook(look) for module in classifier.modules()]
    try:
        with torch.no_grad():
            classifier(image)
    finally:
        for handle in handles:
            handle.remove()
    return [last[size] for size in sorted(last, reverse=True)][:_MOST_DEPTHS]
