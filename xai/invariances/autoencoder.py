"""A compact variational autoencoder: images to codes and back, so that codes can be shown.

It only displays: what it cannot draw cannot be diagnosed, so its own reconstructions stand beside every sample.
Convolutions of stride 2 down to about 4 x 4 positions, mirrored by transposed ones; batches of one and any
batch size give the same, because normalisation is over groups of channels. On the way up the code scales and shifts
the channels at every size, so that what holds for a whole image, such as its hue, need not be drawn place by place.

Reference:
    Rombach, Esser and Ommer, Making Sense of CNNs, 2020, https://arxiv.org/abs/2008.01777 (the role of the
    autoencoder). The network is our own, small enough for a few thousand images and one processor.
    Kingma and Welling, Auto-Encoding Variational Bayes, 2013, https://arxiv.org/abs/1312.6114
    Perez et al., FiLM: Visual Reasoning with a General Conditioning Layer, 2018, https://arxiv.org/abs/1709.07871
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["Autoencoder", "Posterior", "as_pixels"]

_LEAST, _LAST = 16, 4  # smallest side of an image; positions a side that convolutions lead to, about
_GROUPS = 4  # channels are normalised in this many groups
_LOUDEST = 4.0  # bound of the log-variance, so that a step too far cannot overflow


def as_pixels(images: Tensor) -> Tensor:
    """Images as floats in [0, 1]; uint8 ones are in 0..255."""
    return images.float() / 255 if images.dtype == torch.uint8 else images


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """What an image says about its code: independent normal variables.

    Attributes:
        mean: (N, d).
        log_variance: (N, d).
    """

    mean: Tensor
    log_variance: Tensor

    def __len__(self) -> int:
        return len(self.mean)

    def __getitem__(self, rows: Tensor | slice) -> "Posterior":
        return Posterior(mean=self.mean[rows], log_variance=self.log_variance[rows])

    def sample(self, generator: torch.Generator) -> Tensor:
        """Draw codes (N, d)."""
        noise = torch.randn(self.mean.shape, generator=generator, dtype=self.mean.dtype).to(self.mean.device)
        return self.mean + noise * (self.log_variance / 2).exp()

    def divergence(self) -> Tensor:
        """Kullback-Leibler divergence (N,) in nats from the standard normal prior."""
        return (self.mean.square() + self.log_variance.exp() - 1 - self.log_variance).sum(1) / 2


class Autoencoder(nn.Module):
    """Images to codes and back.

    Args:
        size: height and width of the images, each a multiple of :meth:`stride`.
        code: d, length of a code.
        width: channels after the first convolution; they double down to four times as many.
        seed: of the weights; the global random state stays as it is.

    Example:
        >>> autoencoder = Autoencoder((32, 32), code=8, width=8)
        >>> codes = autoencoder.encode(torch.rand(2, 3, 32, 32)).mean
        >>> codes.shape, autoencoder.decode(codes).shape
        (torch.Size([2, 8]), torch.Size([2, 3, 32, 32]))
    """

    def __init__(self, size: tuple[int, int], *, code: int = 32, width: int = 32, seed: int = 0) -> None:
        super().__init__()
        stride = self.stride(size)
        if min(size) < _LEAST or any(side % stride for side in size):
            raise ValueError(
                f"expected images of at least {_LEAST} pixels a side, multiples of {stride}, got {size}; resize them"
            )
        if code < 2 or width < 1 or width % _GROUPS:
            raise ValueError(
                f"expected `code` of at least 2 and `width` as a multiple of {_GROUPS}, got {code} and {width}"
            )
        self.size, self.code, self.width = size, code, width
        depth = int(math.log2(stride))
        widths = [width * min(2**level, 4) for level in range(depth)]
        last = (widths[-1], size[0] // stride, size[1] // stride)
        features = math.prod(last)
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            downs = [_down(before, after) for before, after in zip([3, *widths], widths, strict=False)]
            self.encoder = nn.Sequential(*downs, nn.Flatten(), nn.Linear(features, 2 * code))
            self.decoder = _Decoder(code, last, widths[-2::-1])

    @staticmethod
    def stride(size: tuple[int, int]) -> int:
        """What the sides of images must be multiples of: a power of 2 that leaves about four positions.

        >>> Autoencoder.stride((32, 32)), Autoencoder.stride((96, 128))
        (8, 16)
        """
        return 1 << max(2, int(math.log2(max(min(size), _LEAST) / _LAST)))

    def resized(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) in [0, 1] at the size of this network, averaged rather than sampled."""
        if tuple(images.shape[2:]) == self.size:
            return images
        return F.interpolate(images, size=self.size, mode="bilinear", antialias=True).clamp(0, 1)

    @torch.no_grad()
    def posteriors(self, images: Tensor, *, batch_size: int = 256) -> Posterior:
        """What :meth:`encode` says, a batch at a time, without gradients."""
        parts = [self.encode(as_pixels(part)) for part in images.split(batch_size)]
        return Posterior(
            mean=torch.cat([part.mean for part in parts]),
            log_variance=torch.cat([part.log_variance for part in parts]),
        )

    @torch.no_grad()
    def draw(self, codes: Tensor, *, batch_size: int = 256) -> Tensor:
        """What :meth:`decode` draws, a batch at a time, without gradients."""
        return torch.cat([self.decode(part) for part in codes.split(batch_size)])

    def encode(self, images: Tensor) -> Posterior:
        """Say what images (N, 3, H, W) in [0, 1] tell about their codes.

        Raises:
            ValueError: images of another size or that are not floating.
        """
        if images.ndim != 4 or tuple(images.shape[1:]) != (3, *self.size) or not images.is_floating_point():
            raise ValueError(
                f"expected floating images of shape (N, 3, {self.size[0]}, {self.size[1]}) in [0, 1], got "
                f"{tuple(images.shape)} {images.dtype}"
            )
        mean, log_variance = self.encoder(images * 2 - 1).chunk(2, dim=1)
        return Posterior(mean=mean, log_variance=log_variance.clamp(max=_LOUDEST))

    def decode(self, codes: Tensor) -> Tensor:
        """Draw codes (N, d) as images (N, 3, H, W) in [0, 1]."""
        drawn: Tensor = self.decoder(codes)
        return drawn.sigmoid()

    def forward(self, images: Tensor) -> Tensor:
        """Reconstruct images (N, 3, H, W) in [0, 1] through the mean of their codes."""
        return self.decode(self.encode(images).mean)


def _down(before: int, after: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(before, after, 4, stride=2, padding=1), nn.GroupNorm(_GROUPS, after), nn.SiLU())


class _Decoder(nn.Module):
    """Codes to what becomes pixels by a sigmoid.

    Args:
        code: d.
        first: channels, height and width of the smallest maps.
        widths: channels of the larger ones, each twice as large as the one before.
    """

    def __init__(self, code: int, first: tuple[int, int, int], widths: Sequence[int]) -> None:
        super().__init__()
        self.start = nn.Sequential(nn.Linear(code, math.prod(first)), nn.Unflatten(1, first), nn.SiLU())
        pairs = pairwise((first[0], *widths))
        self.ups = nn.ModuleList(_Up(code, before, after) for before, after in pairs)
        self.last = nn.ConvTranspose2d((first[0], *widths)[-1], 3, 4, stride=2, padding=1)

    def forward(self, codes: Tensor) -> Tensor:
        maps = self.start(codes)
        for up in self.ups:
            maps = up(maps, codes)
        drawn: Tensor = self.last(maps)
        return drawn


class _Up(nn.Module):
    """Maps at twice the size, their channels scaled and shifted as the code says."""

    def __init__(self, code: int, before: int, after: int) -> None:
        super().__init__()
        self.larger = nn.ConvTranspose2d(before, after, 4, stride=2, padding=1)
        self.norm = nn.GroupNorm(_GROUPS, after, affine=False)
        self.style = nn.Linear(code, 2 * after)

    def forward(self, maps: Tensor, codes: Tensor) -> Tensor:
        scale, shift = self.style(codes)[:, :, None, None].chunk(2, dim=1)
        return F.silu(self.norm(self.larger(maps)) * (1 + scale) + shift)
