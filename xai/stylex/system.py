"""A trained StylEx: one classifier's own generator, from images to style coordinates and back."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.stylex.architecture import StyleLayer
from xai.stylex.networks import Networks

__all__ = ["StylEx"]


@dataclass(frozen=True, kw_only=True)
class StylEx:
    """Encoder and generator with the classifier they were trained to explain.

    Attributes:
        networks: in evaluation mode, without gradients of their own.
        classifier: (N, 3, side, side) images in [0, 1] to (N, K) logits, in evaluation mode.
        weights_hash: of the classifier's weights; empty for a classifier without.
    """

    networks: Networks
    classifier: Callable[[Tensor], Tensor]
    weights_hash: str = ""

    @property
    def layers(self) -> tuple[StyleLayer, ...]:
        """The layers with styles, in the order of the columns of ``styles``."""
        return self.networks.architecture.layers

    @property
    def side(self) -> int:
        """Of the images, in pixels."""
        return self.networks.architecture.side

    @property
    def device(self) -> torch.device:
        """Where the networks are."""
        return self.networks.generator.start.device

    @torch.no_grad()
    def styles(self, images: Tensor) -> Tensor:
        """(N, 3, side, side) images, uint8 or in [0, 1], to (N, S) style coordinates.

        Raises:
            ValueError: images of another shape.
        """
        pixels = self._pixels(images)
        return self.networks.styles(pixels, self._probabilities(pixels))

    def decode(self, styles: Tensor) -> Tensor:
        """(N, S) style coordinates to (N, 3, side, side) images in [0, 1]; differentiable."""
        images: Tensor = self.networks.generator(styles)
        return images

    @torch.no_grad()
    def reconstruct(self, images: Tensor) -> Tensor:
        """What is left of (N, 3, side, side) images after the way through the style coordinates."""
        return self.decode(self.styles(images))

    @torch.no_grad()
    def condition_swapped(self, images: Tensor) -> Tensor:
        """(N, S) style coordinates with the two highest class probabilities of each image exchanged.

        What this moves is what the generator reads from the label part of the latent rather than from the encoder.
        """
        pixels = self._pixels(images)
        probabilities = self._probabilities(pixels)
        values, places = probabilities.topk(2, dim=1)
        return self.networks.styles(pixels, probabilities.scatter(1, places.flip(1), values))

    def _probabilities(self, pixels: Tensor) -> Tensor:
        return self.classifier(pixels).float().softmax(1)

    def _pixels(self, images: Tensor) -> Tensor:
        if images.shape[1:] != (3, self.side, self.side):
            raise ValueError(f"expected images of shape (N, 3, {self.side}, {self.side}), got {tuple(images.shape)}")
        images = images.to(self.device)
        return images.float() / 255 if images.dtype == torch.uint8 else images
