"""From a table of attributes to pixels and masks: a pure function, the same for every batch and every table length.

The shape is drawn with anti-aliased edges over a grey background, the marker is a white square in the upper left
corner. No shape ever reaches the marker, so the three regions split the image.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from benchmarks.planted.attributes import ATTRIBUTES, REGIONS, check_attributes
from benchmarks.planted.shapes import coverage
from robustness.corruptions.draws import normals

__all__ = ["Scene", "area_shares", "render", "render_masks"]

_RADII = (0.13, 0.27)  # of the side, at size -1 and 1
_GREYS = (0.15, 0.65)  # at background -1 and 1
_STRIPES = 0.12  # amplitude around the background's grey, whose mean they keep
_CHROMA = 0.4  # amplitude around 0.5: the channels' mean is 0.5 at every hue
_WHITE = 1.0
_BATCH = 256  # images in work at once: a few MB at 64 pixels


@dataclass(frozen=True, kw_only=True)
class Scene:
    """How attributes become pixels; one table of attributes can be rendered in many scenes.

    Attributes:
        side: height and width in pixels, at least 16.
        jitter: how far x and y = 1 move the shape, as a share of the side, 0 to 1/8; 0 fixes it in the middle.
        noise: standard deviation of the pixel noise, of pixels in [0, 1].
        fading: how much contrast is lost at contrast = -1, in [0, 1); with 0 the attribute does not show.
    """

    side: int = 32
    jitter: float = 1 / 16
    noise: float = 0.03
    fading: float = 0.0

    def __post_init__(self) -> None:
        if self.side < 16:
            raise ValueError(f"expected `side` of at least 16 pixels, got {self.side}; smaller shapes look alike")
        if not 0 <= self.jitter <= 1 / 8:
            raise ValueError(f"expected `jitter` in 0..0.125, so that shapes stay inside, got {self.jitter}")
        if not 0 <= self.noise <= 0.5:
            raise ValueError(f"expected `noise` in 0..0.5, got {self.noise}")
        if not 0 <= self.fading < 1:
            raise ValueError(f"expected `fading` in 0..1, 1 excluded, got {self.fading}")

    @property
    def marker_side(self) -> int:
        """Side of the marker in pixels: an eighth of the image's, rounded down."""
        return self.side // 8

    @property
    def visible(self) -> tuple[str, ...]:
        """The attributes that show in the pixels of this scene."""
        hidden = {"x", "y"} if self.jitter == 0 else set()
        hidden |= {"contrast"} if self.fading == 0 else set()
        return tuple(name for name in ATTRIBUTES if ATTRIBUTES[name].regions and name not in hidden)


def render(attributes: pd.DataFrame, scene: Scene, *, device: torch.device | str = "cpu") -> Tensor:
    """Draw images.

    Args:
        attributes: a table as :func:`~benchmarks.planted.attributes.draw_attributes` makes it, or an edited one.
        scene: size and nuisances.
        device: where to draw.

    Returns:
        (N, 3, side, side) uint8.

    Raises:
        ValueError: the table cannot be rendered.

    Example:
        >>> from benchmarks.planted.attributes import draw_attributes
        >>> render(draw_attributes(4, seed=0), Scene(side=64)).shape
        torch.Size([4, 3, 64, 64])
    """
    images = torch.empty(len(attributes), 3, scene.side, scene.side, dtype=torch.uint8, device=device)
    for start, batch in _batches(attributes, images.device):
        images[start : start + _BATCH] = _pixels(batch, scene)
    return images


def render_masks(attributes: pd.DataFrame, scene: Scene, *, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """Where in the image each region is: every pixel belongs to exactly one.

    Args:
        attributes: as for :func:`render`.
        scene: as for :func:`render`.
        device: where to draw.

    Returns:
        (N, side, side) bool for ``shape`` (every pixel that it touches), ``marker`` (its corner, whether or not it
        is there) and ``background`` (the rest).
    """
    size = (len(attributes), scene.side, scene.side)
    masks = {name: torch.zeros(size, dtype=torch.bool, device=device) for name in REGIONS}
    for start, batch in _batches(attributes, masks["shape"].device):
        masks["shape"][start : start + _BATCH] = _coverage(batch, scene) > 0
    masks["marker"][:, : scene.marker_side, : scene.marker_side] = True
    masks["background"] = ~(masks["shape"] | masks["marker"])
    return masks


def area_shares(masks: dict[str, Tensor]) -> pd.DataFrame:
    """The share of each image's pixels in each region: a frame of N rows, a column per region."""
    return pd.DataFrame({name: mask.cpu().double().mean((1, 2)).numpy() for name, mask in masks.items()})


def _batches(attributes: pd.DataFrame, device: torch.device) -> Iterator[tuple[int, dict[str, Tensor]]]:
    """The columns of a few images at a time, each (n, 1, 1); ``shape`` and ``key`` as int64, others float32."""
    check_attributes(attributes)
    columns = {name: attributes[name].to_numpy() for name in (*ATTRIBUTES, "key")}
    for start in range(0, len(attributes), _BATCH):
        batch = {}
        for name, values in columns.items():
            kind = np.int64 if name in {"shape", "key"} else np.float32
            chosen = values[start : start + _BATCH].astype(kind)
            batch[name] = torch.from_numpy(chosen).to(device).view(-1, 1, 1)
        yield start, batch


def _coverage(batch: dict[str, Tensor], scene: Scene) -> Tensor:
    centres = torch.arange(scene.side, device=batch["x"].device) + 0.5 - scene.side / 2
    x = centres.view(1, 1, -1) - batch["x"] * (scene.jitter * scene.side)
    y = centres.view(1, -1, 1) - batch["y"] * (scene.jitter * scene.side)
    return coverage(batch["shape"].flatten(), x, y, _between(_RADII, batch["size"]) * scene.side)


def _pixels(batch: dict[str, Tensor], scene: Scene) -> Tensor:
    """(n, 3, side, side) uint8."""
    grey = _between(_GREYS, batch["background"]) + _STRIPES * batch["stripes"] * _wave(scene, batch["x"].device)
    covered = _coverage(batch, scene).unsqueeze(1)
    images = grey.unsqueeze(1) * (1 - covered) + _colour(batch["hue"]) * covered
    corner = images[..., : scene.marker_side, : scene.marker_side]
    present = batch["marker"].unsqueeze(1)
    corner += present * (_WHITE - corner)
    images = 0.5 + (images - 0.5) * (1 - scene.fading * (1 - batch["contrast"].unsqueeze(1)) / 2)
    if scene.noise:
        images += scene.noise * normals(batch["key"].flatten(), images[0].numel()).view(images.shape)
    return (images * 255).round_().clamp_(0, 255).to(torch.uint8)


def _between(ends: tuple[float, float], level: Tensor) -> Tensor:
    return (ends[0] + ends[1]) / 2 + (ends[1] - ends[0]) / 2 * level


def _wave(scene: Scene, device: torch.device) -> Tensor:
    """(1, side, side) diagonal stripes in [-1, 1]."""
    period = max(4, scene.side / 8)
    places = torch.arange(scene.side)
    # Half a pixel off the crest: even at the shortest period every pixel is on a bright or a dark stripe.
    return torch.cos(math.tau / period * (places.view(-1, 1) + places + 0.5)).unsqueeze(0).to(device)


def _colour(hue: Tensor) -> Tensor:
    """(n, 3, 1, 1) from hues in turns: 0 is red, 1/3 green, 2/3 blue."""
    phases = torch.arange(3, dtype=torch.float64).view(1, 3, 1, 1) / 3
    colours = 0.5 + _CHROMA * torch.cos(math.tau * (hue.cpu().unsqueeze(1) - phases))  # the same on every device
    return colours.float().to(hue.device)
