"""Images in the look of one exemplar, without training: every patch gives way to the exemplar's patch most like it.

From coarse to fine: the image enters blurred, so that its layout stays and its detail does not; at every level its
patches are looked up among the exemplar's, as blurred as they are themselves, and the sharp patches found there are
laid over each other. An exemplar's patch that is like nothing in the image counts as nearer than it is, so that rare
looks are used as well. Two exemplars that differ in one concept make two copies of an image that differ in it, too.

Departures from the original: levels shrink by 2 where it has 4/3, one pass at each, every second patch is looked up,
and distances are taken in the exemplar's leading principal components: tens of milliseconds an image.

Reference:
    Granot, Feinstein, Shocher, Bagon and Irani, Drop the GAN: In Defense of Patches Nearest Neighbors as Single Image
    Generative Models, 2022, section 3, https://arxiv.org/abs/2103.15545
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

__all__ = ["Stylisation", "stylise"]

_LEAST_SPREAD = 1e-3  # of a channel; below, it is the same everywhere
_MOST_DISTANCES = 4_000_000  # in memory at once, 16 MB: what a processor's cache may hold


@dataclass(frozen=True, kw_only=True)
class Stylisation:
    """How images take on a look.

    Attributes:
        patch: side of the patches in pixels.
        coarsest: the shorter side, in pixels, at which images enter: less keeps less of their layout.
        completeness: squared distance, a pixel, by which unused patches of the exemplar lose their advantage; the
            original's alpha. Large values turn it off.
        passes: at every level.
        stride: steps between patches that are looked up; each pixel is still under several.
        components: of the exemplar's patches, by which distances are measured.
        most_patches: of an exemplar at one level; of more, evenly spaced ones are taken.
    """

    patch: int = 5
    coarsest: int = 16
    completeness: float = 0.005
    passes: int = 1
    stride: int = 2
    components: int = 32
    most_patches: int = 4096

    def __post_init__(self) -> None:
        for name in ("patch", "passes", "stride", "components", "most_patches"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        if self.coarsest < self.patch or self.stride > self.patch:
            raise ValueError(
                f"expected `coarsest` from the patch's {self.patch} and `stride` up to it, "
                f"got {self.coarsest} and {self.stride}"
            )
        if not self.completeness > 0:
            raise ValueError(f"expected `completeness` above 0, got {self.completeness}")


def stylise(images: Tensor, exemplar: Tensor, settings: Stylisation | None = None) -> Tensor:
    """Give images the look of an exemplar.

    Args:
        images: (N, C, H, W), floats in [0, 1].
        exemplar: (C, h, w), likewise; its detail counts in pixels, so it should be as large as the images.
        settings: how.

    Returns:
        (N, C, H, W): averages of the exemplar's patches.

    Raises:
        ValueError: other channels, values that are not finite, or images that are smaller than a patch.

    Example:
        >>> exemplar = torch.rand(3, 16, 16, generator=torch.Generator().manual_seed(0))
        >>> torch.allclose(stylise(exemplar[None], exemplar)[0], exemplar, atol=1e-5)
        True
    """
    chosen = Stylisation() if settings is None else settings
    _check(images, exemplar, chosen.patch)
    looks = _pyramid(exemplar[None], _levels(images, exemplar, chosen.coarsest))
    levels = _pyramid(_recolour(images, exemplar), len(looks))
    sizes, coarse = [one.shape[2:] for one in levels], levels[-1]
    keys = looks[-1]
    for level in range(len(looks) - 1, -1, -1):
        if level < len(looks) - 1:
            coarse, keys = _enlarge(coarse, sizes[level]), _enlarge(looks[level + 1], looks[level].shape[2:])
        for number in range(chosen.passes):
            # Once patches are sharp, they are looked up among sharp ones.
            found = _Exemplar(looks[level] if number else keys, looks[level], chosen)
            coarse = found.replace(coarse)
    return coarse


class _Exemplar:
    """The patches of an exemplar at one level.

    Args:
        keys: (1, C, h, w) by which patches are found.
        values: (1, C, h, w) by which they are replaced.
        settings: of the search.
    """

    def __init__(self, keys: Tensor, values: Tensor, settings: Stylisation) -> None:
        self.settings, self.spacing = settings, _spacing(keys.shape[2:], settings)
        places = _places(keys.shape[2:], settings.patch, self.spacing).to(keys.device)
        self.values = _patches(values, places)[0]
        patches = _patches(keys, places)[0]
        self.centre = patches.mean(0)
        spread = (patches - self.centre).T.cov(correction=0)
        self.basis = torch.linalg.eigh(spread.double())[1].flip(1)[:, : settings.components].to(patches)
        coded = (patches - self.centre) @ self.basis
        # |q - k|² = (|q|², 1, q) (1, |k|², -2 k): distances are one product of matrices.
        squares = coded.square().sum(1, keepdim=True)
        self.keys = torch.cat([torch.ones_like(squares), squares, -2 * coded], 1).T.contiguous()

    def replace(self, images: Tensor) -> Tensor:
        """Every patch of images (N, C, H, W) by the exemplar's that is most like it; overlaps are averaged."""
        size, side = images.shape[2:], self.settings.patch
        # A multiple of the spacing, so that an exemplar finds itself.
        stride = min(side, -(-self.settings.stride // self.spacing) * self.spacing)
        places = _places(size, side, stride).to(images.device)
        step = max(1, _MOST_DISTANCES // (len(places) * self.keys.shape[1]))
        rows = torch.cat([self._nearest(_patches(part, places)) for part in images.split(step)])
        summed = images.new_zeros(len(images), images.shape[1], size.numel())
        found = self.values[rows].unflatten(2, (images.shape[1], -1)).transpose(1, 2)
        summed.index_add_(2, places.flatten(), found.reshape(len(images), images.shape[1], -1))
        counts = torch.bincount(places.flatten(), minlength=size.numel())
        averaged: Tensor = (summed / counts).unflatten(2, size)
        return averaged

    def _nearest(self, patches: Tensor) -> Tensor:
        """(N, Q, d) patches to (N, Q) rows of the exemplar's."""
        coded = (patches - self.centre) @ self.basis
        squares = coded.square().sum(2, keepdim=True)
        distances = torch.cat([squares, torch.ones_like(squares), coded], 2) @ self.keys
        nearest = distances.amin(1, keepdim=True).clamp(min=0)
        return distances.div_(nearest + self.settings.completeness * patches.shape[2]).argmin(2)


def _recolour(images: Tensor, exemplar: Tensor) -> Tensor:
    """Give every channel of every image the exemplar's mean and spread, so that grounds find grounds."""
    mean, spread = (part.view(1, -1, 1, 1) for part in (exemplar.mean((1, 2)), exemplar.std((1, 2), correction=0)))
    own = images.std((2, 3), correction=0, keepdim=True).clamp(min=_LEAST_SPREAD)
    return (images - images.mean((2, 3), keepdim=True)) / own * spread + mean


def _spacing(size: torch.Size, settings: Stylisation) -> int:
    """Steps between the exemplar's patches, so few that they touch."""
    count = (size[0] - settings.patch + 1) * (size[1] - settings.patch + 1)
    return min(settings.patch, math.ceil(math.sqrt(count / settings.most_patches)))


def _places(size: torch.Size, side: int, stride: int) -> Tensor:
    """(Q, side²) pixels of every patch, by number; the last row and column of patches ends at the border."""
    height, width = size
    starts = [torch.tensor(sorted({*range(0, n - side + 1, stride), n - side})) for n in (height, width)]
    inside = (torch.arange(side)[:, None] * width + torch.arange(side)).flatten()
    return (starts[0][:, None] * width + starts[1]).flatten()[:, None] + inside


def _patches(images: Tensor, places: Tensor) -> Tensor:
    """(N, Q, C side²)."""
    return images.flatten(2)[:, :, places].transpose(1, 2).flatten(2)


def _levels(images: Tensor, exemplar: Tensor, coarsest: int) -> int:
    levels, shortest = 1, min(*images.shape[2:], *exemplar.shape[1:])
    while -(-shortest // 2) >= coarsest:
        levels, shortest = levels + 1, -(-shortest // 2)
    return levels


def _pyramid(images: Tensor, levels: int) -> list[Tensor]:
    """The finest first."""
    found = [images]
    for _ in range(levels - 1):
        height, width = found[-1].shape[2:]
        found.append(F.interpolate(found[-1], (-(-height // 2), -(-width // 2)), mode="area"))
    return found


def _enlarge(images: Tensor, size: torch.Size) -> Tensor:
    return F.interpolate(images, tuple(size), mode="bilinear", align_corners=False)


def _check(images: Tensor, exemplar: Tensor, side: int) -> None:
    if images.ndim != 4 or exemplar.ndim != 3 or images.shape[1] != exemplar.shape[0]:
        raise ValueError(
            f"expected images (N, C, H, W) and an exemplar (C, h, w), got {tuple(images.shape)} "
            f"and {tuple(exemplar.shape)}"
        )
    for name, part in (("images", images), ("an exemplar", exemplar)):
        if min(part.shape[-2:]) < side:
            raise ValueError(f"expected {name} of at least {side} pixels, a patch, got {tuple(part.shape[-2:])}")
        if not (part.is_floating_point() and part.isfinite().all()):
            raise ValueError(f"expected finite floats of {name}, got {part.dtype} or values that are not finite")
