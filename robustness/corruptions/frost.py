"""Frost: a photograph of ice laid over the image.

The photographs belong to the original benchmark and are not ours to ship. They are read from the folder that
the environment variable ``CLASSIFIER_AUDIT_FROST`` names, else from the files of an installed
``imagecorruptions`` distribution, which is never imported.

For other image sizes the textures keep the profile's scale, and where one does not exceed the image in both
directions (the original fails there) it is enlarged until it does.
"""

import hashlib
import os
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from robustness.corruptions.draws import uniforms
from robustness.corruptions.levels import truncate

__all__ = ["FrostTexturesMissingError", "frost", "frost_available", "overlay", "resize_bilinear"]

# First digits of the git blob ids. The original draws from the first five of its six files.
_TEXTURES = {
    "frost1.png": "c7b78a17",
    "frost2.png": "48f7a861",
    "frost3.png": "d47f9d25",
    "frost4.jpg": "f8b0c413",
    "frost5.jpg": "95dc9056",
}
_FOLDER = "CLASSIFIER_AUDIT_FROST"
_DISTRIBUTION = "imagecorruptions"

# Sums of the weighted levels are multiples of 1/20: this much more keeps whole ones whole.
_ABOVE_WHOLE = 1e-3


class FrostTexturesMissingError(FileNotFoundError):
    """The original's frost textures are not on this machine."""


def frost(images: Tensor, constant: tuple[float, float, float], keys: Tensor) -> Tensor:
    """Lay a random part of a random texture over each image: ``a * x + b * texture``, clipped.

    Args:
        images: (N, 3, H, W) uint8.
        constant: weights a of the image and b of the texture, and the scale of the texture.
        keys: (N,) int64.

    Returns:
        (N, 3, H, W) uint8.

    Raises:
        FrostTexturesMissingError: the textures are not found; the message says how to get them.

    Reference:
        Hendrycks and Dietterich, ICLR 2019, section 4.1, https://arxiv.org/abs/1903.12261
    """
    return overlay(images, constant, keys, original_textures())


def frost_available() -> bool:
    """Whether the textures of :func:`frost` are on this machine and are the original's."""
    try:
        _read_textures(_folder())
    except FrostTexturesMissingError:
        return False
    return True


def overlay(images: Tensor, constant: tuple[float, float, float], keys: Tensor, textures: tuple[Tensor, ...]) -> Tensor:
    """Do as :func:`frost` does, with any textures.

    Args:
        images: (N, 3, H, W) uint8.
        constant: as for :func:`frost`.
        keys: (N,) int64.
        textures: (3, h, w) uint8 each, of any sizes.

    Returns:
        (N, 3, H, W) uint8.
    """
    weight, texture_weight, above = blend_constants(constant).tolist()
    height, width = images.shape[2:]
    textures, places = texture_places(keys, constant[2], (height, width), textures)
    result = images.float().mul_(weight).add_(above)
    for image, (which, top, left) in zip(result, places.tolist(), strict=True):
        crop = textures[which][:, top : top + height, left : left + width].to(images.device)
        image.add_(crop.float().mul_(texture_weight))
    return truncate(result)


def original_textures() -> tuple[Tensor, ...]:
    """The five textures that the original draws from, (3, h, w) uint8 each, on the CPU.

    Raises:
        FrostTexturesMissingError: they are not found; the message says how to get them.
    """
    return _read_textures(_folder())


def blend_constants(constant: tuple[float, float, float]) -> NDArray[np.float32]:
    """(3,): the weights of image and texture, and what keeps whole results whole."""
    return np.array([*constant[:2], _ABOVE_WHOLE], dtype=np.float32)


def texture_places(
    keys: Tensor, scale: float, shape: tuple[int, ...], textures: tuple[Tensor, ...]
) -> tuple[tuple[Tensor, ...], NDArray[np.int64]]:
    """Scale the textures until they cover (H, W), and draw for each key one of them with the top and left of a part.

    Returns:
        The scaled textures and, for each key, (which, top, left) in (N, 3).
    """
    height, width = shape
    covering = tuple(_cover(texture, scale, height, width) for texture in textures)
    draws = uniforms(keys, 3).cpu().double().numpy()
    which = (draws[:, 0] * len(textures)).astype(np.int64)
    rooms = np.array([(texture.shape[1] - height, texture.shape[2] - width) for texture in covering])
    places = (draws[:, 1:] * rooms[which]).astype(np.int64)
    return covering, np.column_stack([which, places])


def _cover(texture: Tensor, scale: float, height: int, width: int) -> Tensor:
    """Scale a texture, further than asked if it would not exceed the image in both directions."""
    scale = max(scale, (height + 1) / texture.shape[1], (width + 1) / texture.shape[2])
    return texture if scale == 1 else resize_bilinear(texture, scale)


@lru_cache(maxsize=64)  # tensors count as equal when they are the same object
def resize_bilinear(texture: Tensor, scale: float) -> Tensor:
    """Resize as OpenCV's bilinear interpolation does: in fixed point, and without smoothing when it shrinks.

    Args:
        texture: (3, h, w) uint8.
        scale: of both sides.

    Returns:
        (3, round(h * scale), round(w * scale)) uint8.
    """
    upper, lower, down = _neighbours(texture.shape[1], scale)
    left, right, across = _neighbours(texture.shape[2], scale)
    planes = texture.to(torch.int32)
    rows = planes[:, :, left] * (2048 - across) + planes[:, :, right] * across
    rows >>= 4
    down = down[:, None]
    quarters = (rows[:, upper] * (2048 - down) >> 16) + (rows[:, lower] * down >> 16)
    return (quarters + 2 >> 2).to(torch.uint8)


def _neighbours(side: int, scale: float) -> tuple[Tensor, Tensor, Tensor]:
    """For each new pixel the two old ones around it, and the weight of the second in units of 2^-11."""
    place = (torch.arange(round(side * scale), dtype=torch.float64) + 0.5) / scale - 0.5
    place = place.clamp(0, side - 1)
    first = place.long()
    return first, (first + 1).clamp(max=side - 1), ((place - first) * 2048).round().to(torch.int32)


@lru_cache(maxsize=2)
def _read_textures(folder: Path) -> tuple[Tensor, ...]:
    return tuple(_read_texture(folder / name, blob_id) for name, blob_id in _TEXTURES.items())


def _read_texture(path: Path, blob_id: str) -> Tensor:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _missing(f"got no readable {path}") from error
    found = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
    if not found.startswith(blob_id):
        raise _missing(f"got another file as {path} (git blob id {found[:8]} in place of {blob_id})")
    with Image.open(path) as picture:
        return torch.from_numpy(np.array(picture.convert("RGB"))).permute(2, 0, 1).contiguous()


def _folder() -> Path:
    named = os.environ.get(_FOLDER)
    return Path(named) if named else _installed_folder()


@lru_cache(maxsize=1)
def _installed_folder() -> Path:
    try:
        files = metadata.files(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name in _TEXTURES:
            return Path(str(file.locate())).parent
    raise _missing("found none")


def _missing(finding: str) -> FrostTexturesMissingError:
    return FrostTexturesMissingError(
        f"expected the original benchmark's textures {', '.join(_TEXTURES)} for `frost`, {finding}; "
        f"install them with pip install 'classifier-audit[frost]', "
        f"or name the folder that holds them in the environment variable {_FOLDER}"
    )
