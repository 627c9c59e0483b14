"""Logits of every transformed copy of every image: the one input of all scores and detectors here."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

__all__ = ["Classifier", "ImageTransform", "check_logits", "transformed_logits"]

Classifier = Callable[[Tensor], Tensor]
ImageTransform = Callable[[Tensor], Tensor]


def transformed_logits(
    classifier: Classifier,
    images: Tensor,
    transforms: Sequence[ImageTransform],
    *,
    batch_size: int = 256,
) -> Tensor:
    """Classify each image and its transformed copies.

    Copies of several images share a forward pass, so the passes are full whatever the number of images and
    transforms. Differentiable in the images; whoever needs no gradient calls it under ``torch.no_grad()``.

    Args:
        classifier: (N, 3, H, W) float pixels in [0, 1] to (N, K) logits, in evaluation mode.
        images: (N, 3, H, W), float in [0, 1] or uint8.
        transforms: T functions that keep an image's shape; see
            :func:`~robustness.consistency.transforms.default_transforms`.
        batch_size: copies in a forward pass.

    Returns:
        (N, T + 1, K) logits, the original first, then the transforms in their order.

    Raises:
        ValueError: another shape of images, copies or logits, or ``batch_size`` below 1.
        TypeError: images are neither float nor uint8.

    Example:
        >>> from robustness.consistency.transforms import Transform
        >>> brightness = lambda images: images.mean((2, 3))
        >>> images = torch.tensor([0.0, 1.0]).repeat(2).view(1, 1, 2, 2).expand(5, 3, 2, 2)
        >>> transformed_logits(brightness, images, [Transform("shift", (1, 0))])[0, :, 0].tolist()
        [0.5, 0.0]
    """
    _check(images, batch_size)
    pixels = images / 255 if images.dtype == torch.uint8 else images
    per_pass = max(1, batch_size // (len(transforms) + 1))
    return torch.cat([_of_piece(classifier, piece, transforms, batch_size) for piece in pixels.split(per_pass)])


def check_logits(logits: Tensor, *, copies: int = 0) -> None:
    """Check that ``logits`` are (N, T + 1, K), finite, of at least two classes and ``copies`` transformed copies.

    Raises:
        ValueError: they are not.
    """
    if logits.ndim != 3 or logits.shape[2] < 2:
        shape = tuple(logits.shape)
        raise ValueError(f"expected `logits` of shape (N, T + 1, K), original first, K at least 2, got {shape}")
    if logits.shape[1] < copies + 1:
        raise ValueError(f"expected at least {copies} transformed copies in `logits`, got {logits.shape[1] - 1}")
    broken = int((~torch.isfinite(logits)).any(2).any(1).sum())
    if broken:
        raise ValueError(
            f"expected finite `logits`, got NaN or infinity for {broken} of {len(logits)} images; drop them"
        )


def _of_piece(classifier: Classifier, piece: Tensor, transforms: Sequence[ImageTransform], batch_size: int) -> Tensor:
    copies = [piece, *(transform(piece) for transform in transforms)]
    for transform, copy in zip(transforms, copies[1:], strict=True):
        if copy.shape != piece.shape:
            expected, got = tuple(piece.shape[1:]), tuple(copy.shape[1:])
            raise ValueError(f"expected {transform} to keep the image shape {expected}, got {got}")
    logits = torch.cat([classifier(batch) for batch in torch.cat(copies).split(batch_size)])
    if logits.ndim != 2 or len(logits) != len(copies) * len(piece):
        raise ValueError(f"expected logits of shape (N, K) from the classifier, got {tuple(logits.shape)}")
    return logits.view(len(copies), len(piece), logits.shape[1]).transpose(0, 1)


def _check(images: Tensor, batch_size: int) -> None:
    if images.ndim != 4 or images.shape[1] != 3:
        raise ValueError(f"expected `images` of shape (N, 3, H, W), got {tuple(images.shape)}")
    if not (images.is_floating_point() or images.dtype == torch.uint8):
        raise TypeError(f"expected `images` as float in [0, 1] or uint8, got {images.dtype}")
    if batch_size < 1:
        raise ValueError(f"expected `batch_size` of at least 1, got {batch_size}")
