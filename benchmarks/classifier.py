"""The classifier: any module as a function from pixels to logits, normalisation and size inside."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

if TYPE_CHECKING:
    from benchmarks.preparation import Preparation

__all__ = ["Classifier"]


class Classifier(nn.Module):
    """Wrap a module that expects normalised images as a function from pixels to logits.

    Corruptions, attacks and attributions all live in pixel space, so the normalisation belongs to the
    model. The map stays differentiable in the pixels.

    Args:
        module: maps normalised (N, 3, H, W) float images to (N, K) logits.
        mean: per-channel mean of the normalisation, of pixels in [0, 1].
        std: per-channel standard deviation of the normalisation, of pixels in [0, 1].
        class_names: K different names, in the order of the logits.
        input_size: side or (height, width) the module wants. Images of another size are resized to it
            (bilinear, antialiased). None takes images as they come.
        preparation: how a decoded image becomes pixels of ``input_size``. None resizes to ``input_size``.

    Raises:
        ValueError: the normalisation or the names are not usable.

    Example:
        >>> import torch
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 2))
        >>> classifier = Classifier(module, mean=(0.5,) * 3, std=(0.5,) * 3, class_names=["cat", "dog"])
        >>> classifier(torch.zeros(4, 3, 8, 8, dtype=torch.uint8)).shape
        torch.Size([4, 2])
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        module: nn.Module,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        class_names: Sequence[str],
        input_size: int | tuple[int, int] | None = None,
        preparation: "Preparation | None" = None,
    ) -> None:
        super().__init__()
        _check_normalisation(mean, std)
        self.module = module
        self.class_names = _checked_names(class_names)
        self.input_size = (input_size, input_size) if isinstance(input_size, int) else input_size
        self.preparation = preparation
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(std, dtype=torch.float32).view(1, 3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Classify images.

        Args:
            images: (N, 3, H, W), float in [0, 1] or uint8 in 0..255, RGB.

        Returns:
            (N, K) logits.

        Raises:
            ValueError: the images or the module's output have another shape.
            TypeError: the images are neither float nor uint8.
        """
        logits = self.module(self.normalise(images))
        expected = (len(images), len(self.class_names))
        if not isinstance(logits, Tensor) or logits.shape != expected:
            got = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
            raise ValueError(
                f"expected logits of shape {expected}, one per name in `class_names`, from the module, got {got}"
            )
        return logits

    def normalise(self, images: Tensor) -> Tensor:
        """Turn pixels (N, 3, H, W) into what the module expects: float, of ``input_size``, normalised."""
        if images.ndim != 4 or images.shape[1] != 3:
            raise ValueError(f"expected `images` of shape (N, 3, H, W), got {tuple(images.shape)}")
        if images.dtype == torch.uint8:
            images = images.to(self.mean.dtype) / 255
        elif not images.is_floating_point():
            raise TypeError(f"expected `images` as uint8 in 0..255 or float in [0, 1], got {images.dtype}")
        if self.input_size is not None and tuple(images.shape[-2:]) != self.input_size:
            images = F.interpolate(images, size=self.input_size, mode="bilinear", antialias=True)
        return (images - self.mean) / self.std


def _check_normalisation(mean: Sequence[float], std: Sequence[float]) -> None:
    if len(mean) != 3 or len(std) != 3:
        raise ValueError(f"expected `mean` and `std` of 3 channels, got {list(mean)} and {list(std)}")
    if min(std) <= 0:
        raise ValueError(f"expected `std` above 0, got {list(std)}")


def _checked_names(class_names: Sequence[str]) -> tuple[str, ...]:
    names = tuple(class_names)
    if isinstance(class_names, str) or not names:
        raise ValueError(f"expected `class_names` as a list of names, got {class_names!r}")
    repeated = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if repeated:
        raise ValueError(f"expected different `class_names`, got {repeated[:5]} more than once")
    return names
