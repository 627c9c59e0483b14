"""One photo under every corruption and severity, to see what the numbers of an audit are about."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_sample_images
from torch import Tensor

from benchmarks.datasets.decoding import decode_image
from benchmarks.plan import image_seed
from benchmarks.preparation import Preparation
from benchmarks.presets import choose_profile
from reports.contact_sheet import contact_sheet
from reports.glossary import condition_label
from robustness.corruptions import CORRUPTIONS, corrupt, frost_available

__all__ = ["draw_contact_sheet"]

_SEVERITIES = range(1, 6)


def draw_contact_sheet(image: Path | None, *, size: int, profile: str | None, seed: int) -> Image.Image:
    """Draw a photo under all corruptions at all severities; those that cannot be made here are left out.

    Args:
        image: the file of a photo; one that ships with scikit-learn if None.
        size: side of the square that is cut from its centre and corrupted, in pixels.
        profile: severity constants; chosen by size if None.
        seed: of the corruptions.

    Raises:
        ValueError: the file holds no readable image.
    """
    profile = profile or choose_profile((size, size))
    pixels = Preparation(size=(size, size), crop_fraction=1.0)(_photo(image))
    names = [name for name in CORRUPTIONS if name != "frost" or frost_available()]
    rows = {condition_label(name): [_picture(pixels), *_corrupted(pixels, name, profile, seed)] for name in names}
    source = image.name if image else "a photo of scikit-learn"
    title = f"{source}, {size} px, profile {profile}, seed {seed}"
    return contact_sheet(rows, ["clean", *(f"severity {level}" for level in _SEVERITIES)], title=title)


def _photo(path: Path | None) -> Image.Image:
    if path is None:
        return Image.fromarray(load_sample_images().images[0])
    decoded = decode_image(path)
    if decoded.image is None:
        raise ValueError(f"expected a readable image, got {path} ({decoded.status}); name another with --image")
    return decoded.image


def _corrupted(pixels: Tensor, name: str, profile: str, seed: int) -> list[NDArray[np.uint8]]:
    seeds = torch.tensor([image_seed(seed, "contact sheet")])
    versions = (corrupt(pixels[None], name, level, seeds=seeds, profile=profile)[0] for level in _SEVERITIES)
    return [_picture(version) for version in versions]


def _picture(pixels: Tensor) -> NDArray[np.uint8]:
    return pixels.permute(1, 2, 0).numpy()
