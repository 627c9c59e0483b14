"""The networks of a StylEx: generator with an open StyleSpace, encoder, discriminator and mapping.

The generator is StyleGAN2's with skip connections, made to be taken apart: it is a function of the styles alone, and
styles scale activations rather than weights, so that a batch of different styles is one dense convolution. Where
StyleGAN2 adds noise, a learned pattern is added instead, the same for every image: explanations need a generator
without chance, and textures such as stripes, which convolutions cannot make out of nothing, need the position.

Reference:
    Karras et al., Analyzing and Improving the Image Quality of StyleGAN, 2020, https://arxiv.org/abs/1912.04958
    (modulation and demodulation: section 2.2; skip generator: section 4.1).
    Wu et al., StyleSpace Analysis, 2021, https://arxiv.org/abs/2011.12799 (StyleSpace).
    Lang et al., Explaining in Style, 2021, https://arxiv.org/abs/2104.13369 (latent, encoder, discriminator).
"""

import math
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xai.stylex.architecture import Architecture

__all__ = ["Discriminator", "Encoder", "Generator", "Mapping", "Networks", "draw_weights"]

_SLOPE = 0.2  # of all leaky rectifiers, StyleGAN2
_SMALLEST = 1e-8


class _Modulated(nn.Module):
    """A convolution whose input channels are scaled by styles, and its outputs back to the same size."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))

    def scaled(self, features: Tensor, styles: Tensor) -> Tensor:
        """(N, I, h, w) features and (N, I) styles to (N, O, h, w), without bias."""
        return F.conv2d(features * styles[:, :, None, None], self.weight, padding="same")

    def demodulation(self, styles: Tensor) -> Tensor:
        """(N, O) what brings outputs of unit inputs back to unit variance."""
        squares = self.weight.square().sum((2, 3))
        return torch.rsqrt(styles.square() @ squares.T + _SMALLEST)


class _Synthesis(_Modulated):
    """A modulated convolution with demodulation, a learned pattern, bias and rectifier."""

    def __init__(self, inputs: int, outputs: int, side: int) -> None:
        super().__init__(inputs, outputs, kernel=3)
        self.pattern = nn.Parameter(torch.empty(1, 1, side, side))
        self.strength = nn.Parameter(torch.zeros(outputs, 1, 1))

    def forward(self, features: Tensor, styles: Tensor) -> Tensor:
        scaled = self.scaled(features, styles) * self.demodulation(styles)[:, :, None, None]
        shifted = scaled + self.pattern * self.strength + self.bias[:, None, None]
        rectified: Tensor = F.leaky_relu(shifted, _SLOPE) * math.sqrt(2)
        return rectified


class _ToColours(_Modulated):
    """Features to red, green and blue; colours keep their scale, so nothing is demodulated."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, 3, kernel=1)

    def forward(self, features: Tensor, styles: Tensor) -> Tensor:
        return self.scaled(features, styles) + self.bias[:, None, None]


class Generator(nn.Module):
    """Latents to styles, and styles to images.

    Args:
        architecture: sizes.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.affine = nn.Linear(architecture.latent, architecture.coordinates)
        self.start = nn.Parameter(torch.empty(1, architecture.channels[0], 4, 4))
        self.convolutions = nn.ModuleList(
            _Synthesis(inputs, outputs, side) for side, _, inputs, outputs in architecture.modulated
        )
        self.colours = nn.ModuleList(_ToColours(width) for width in architecture.channels)

    def styles(self, latents: Tensor) -> Tensor:
        """(N, latent) to (N, S): an affine map for each layer, side by side."""
        styles: Tensor = self.affine(latents)
        return styles

    def forward(self, styles: Tensor) -> Tensor:
        """Make images.

        Args:
            styles: (N, S), columns as :attr:`Architecture.layers` says.

        Returns:
            (N, 3, side, side) in [0, 1]; each image depends on its own styles alone.

        Raises:
            ValueError: styles of another shape.
        """
        if styles.ndim != 2 or styles.shape[1] != self.architecture.coordinates:
            raise ValueError(
                f"expected `styles` of shape (N, {self.architecture.coordinates}), got {tuple(styles.shape)}"
            )
        parts = list(styles.split([layer.size for layer in self.architecture.layers], dim=1))
        of_convolutions, of_colours = parts[: len(self.convolutions)], parts[len(self.convolutions) :]
        features, image, number = self.start.expand(len(styles), -1, -1, -1), None, 0
        for level, (side, count) in enumerate(
            zip(self.architecture.resolutions, self.architecture.convolutions, strict=True)
        ):
            if level:
                features = F.interpolate(features, size=(side, side), mode="nearest")
            for _ in range(count):
                features = self.convolutions[number](features, of_convolutions[number])
                number += 1
            colours = self.colours[level](features, of_colours[level])
            image = colours if image is None else colours + F.interpolate(image, size=(side, side), mode="nearest")
        assert image is not None  # noqa: S101 - there is at least one resolution
        images: Tensor = image.sigmoid()
        return images


class _Trunk(nn.Module):
    """Images to (N, C, 4, 4): a strided convolution for each halving of the side."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        widths = (3, *architecture.trunk)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(inputs, outputs, 4, stride=2, padding=1) for inputs, outputs in pairwise(widths)
        )

    def forward(self, images: Tensor) -> Tensor:
        features = images * 2 - 1
        for convolution in self.convolutions:
            features = F.leaky_relu(convolution(features), _SLOPE)
        return features


class Encoder(nn.Module):
    """(N, 3, side, side) images in [0, 1] to the (N, content) part of the latent."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.trunk = _Trunk(architecture)
        self.dense = nn.Linear(architecture.trunk[-1] * 16, architecture.hidden)
        self.head = nn.Linear(architecture.hidden, architecture.content)

    def forward(self, images: Tensor) -> Tensor:
        """Encode images."""
        content: Tensor = self.head(F.leaky_relu(self.dense(self.trunk(images).flatten(1)), _SLOPE))
        return content


class Discriminator(nn.Module):
    """Whether images look real for what the classifier says of them: one output a class, weighed by probability.

    One feature map tells how much the images of a batch differ (Karras et al. 2018, https://arxiv.org/abs/1710.10196,
    section 3), so that images all alike are found out.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.trunk = _Trunk(architecture)
        self.dense = nn.Linear((architecture.trunk[-1] + 1) * 16, architecture.hidden)
        self.head = nn.Linear(architecture.hidden, architecture.classes)

    def forward(self, images: Tensor, probabilities: Tensor) -> Tensor:
        """(N, 3, side, side) images in [0, 1] and (N, K) probabilities to (N,) logits of being real."""
        features = self.trunk(images)
        spread = (features.var(0, correction=0) + _SMALLEST).sqrt().mean().expand(len(features), 1, 4, 4)
        hidden = F.leaky_relu(self.dense(torch.cat([features, spread], dim=1).flatten(1)), _SLOPE)
        logits: Tensor = (self.head(hidden) * probabilities).sum(1)
        return logits


class Mapping(nn.Module):
    """(N, content) normal noise to the content part of a latent."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.dense = nn.ModuleList(
            nn.Linear(architecture.content, architecture.content) for _ in range(architecture.mapping)
        )

    def forward(self, noise: Tensor) -> Tensor:
        """Map noise, of unit length a dimension."""
        hidden = noise * torch.rsqrt(noise.square().mean(1, keepdim=True) + _SMALLEST)
        for layer in self.dense[:-1]:
            hidden = F.leaky_relu(layer(hidden), _SLOPE)
        content: Tensor = self.dense[-1](hidden)
        return content


class Networks(nn.Module):
    """What reconstructs: encoder and generator; with the mapping that noise steps train.

    Args:
        architecture: sizes of all.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.encoder, self.generator, self.mapping = (
            Encoder(architecture),
            Generator(architecture),
            Mapping(architecture),
        )

    def styles(self, images: Tensor, probabilities: Tensor) -> Tensor:
        """(N, S) styles of (N, 3, side, side) images that the classifier gives (N, K) probabilities."""
        return self.generator.styles(torch.cat([self.encoder(images), probabilities], dim=1))

    def noise_styles(self, noise: Tensor, probabilities: Tensor) -> Tensor:
        """(N, S) styles out of (N, content) noise and (N, K) probabilities borrowed from images."""
        return self.generator.styles(torch.cat([self.mapping(noise), probabilities], dim=1))


def draw_weights(module: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights anew: He et al. 2015 for kernels, 1 for the biases of styles, 0 for other biases.

    Styles read a tenth of the latent that StyleGAN2's would: training hardly moves large weights, so that every
    coordinate would keep the chance mixture of all attributes that it was drawn as.

    Args:
        module: its parameters are overwritten.
        generator: on the CPU; the same one gives the same weights on every device.
    """
    for name, parameter in module.named_parameters():
        with torch.no_grad():
            if name.endswith("affine.weight"):
                parameter.normal_(0, 0.1 / math.sqrt(parameter.shape[1]), generator=generator)
            elif name.endswith("affine.bias"):
                parameter.fill_(1.0)
            elif name.endswith(("start", "pattern")):
                parameter.normal_(0, 1, generator=generator)
            elif "colours" in name and parameter.ndim > 1:  # a grey image to begin with, away from the sigmoid's ends
                parameter.normal_(0, 0.5 / math.sqrt(parameter[0].numel()), generator=generator)
            elif parameter.ndim > 1 and not name.endswith("strength"):
                parameter.normal_(0, math.sqrt(2 / parameter[0].numel()), generator=generator)
            else:
                parameter.fill_(0.0)
