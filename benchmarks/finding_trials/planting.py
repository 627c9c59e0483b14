"""Folders of images with one known problem each, and the weights of the classifier that is audited on them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image, ImageFilter

from benchmarks.checkpoints import write_checkpoint
from benchmarks.conditions import CLEAN
from benchmarks.datasets import Samples, digits_halves
from benchmarks.embedded import EmbeddedTraining, embedded_default, weights_path
from benchmarks.planted import Design, Fitting, draw_images, train_classifier

__all__ = ["ARCHITECTURE", "PROBLEMS", "Planted"]

ARCHITECTURE = "test_resnet"
"""Of every classifier here."""

_CONFIG = (
    '{"input_size": [3, 32, 32], "crop_pct": 1.0, "interpolation": "bilinear", '
    '"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}'
)
_CAMERAS = ("north", "south", "west")
_TRAINING = 250  # steps of the classifier that learns a shortcut, 64 images each
_IMAGES = 900  # of planted images
_ATTRIBUTES = ("marker", "hue", "background", "stripes", "contrast", "shape", "coin")

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A folder with one problem.

    Attributes:
        data: the folder.
        checkpoint: weights of the classifier.
        check: the kind of finding that tells the problem.
        subject: what it must name.
        attributes: a CSV of what is known of the images; None without.
    """

    data: Path
    checkpoint: Path
    check: str
    subject: str
    attributes: Path | None = None


def mislabelled_class(root: Path, seed: int) -> Planted:
    """Half of one class's digits lie in the folder of another."""
    rng = np.random.default_rng([seed, 4])
    true, given = (str(one) for one in rng.choice(10, size=2, replace=False))
    images = _digits()
    moved = {place for place, (name, _) in enumerate(images) if name == true and rng.random() < 0.5}
    for place, (name, pixels) in enumerate(images):
        _save(root / (given if place in moved else name) / f"{place:04d}.png", pixels)
    return Planted(data=root, checkpoint=_weights(), check="seen_as", subject=given)


def corrupted_folder(root: Path, seed: int) -> Planted:
    """One camera's images, of every class, are blurred and noisy."""
    rng = np.random.default_rng([seed, 5])
    bad = _CAMERAS[int(rng.integers(len(_CAMERAS)))]
    for place, (name, pixels) in enumerate(_digits()):
        camera = _CAMERAS[int(rng.integers(len(_CAMERAS)))]
        spoilt = _spoilt(pixels, rng) if camera == bad else pixels
        _save(root / name / camera / f"{place:04d}.png", spoilt)
    return Planted(data=root, checkpoint=_weights(), check="folder_errors", subject=f"*/{bad}")


def corrupted_class(root: Path, seed: int) -> Planted:
    """All images of one class are blurred and noisy."""
    rng = np.random.default_rng([seed, 6])
    bad = str(rng.integers(10))
    for place, (name, pixels) in enumerate(_digits()):
        _save(root / name / f"{place:04d}.png", _spoilt(pixels, rng) if name == bad else pixels)
    return Planted(data=root, checkpoint=_weights(), check="class_errors", subject=bad)


def shortcut_marker(root: Path, seed: int) -> Planted:
    """The classifier learned sizes with a marker that gave them away; the audited images carry it at random."""
    design = Design(rule="size", correlation=1.0, seed=seed)
    fitting = Fitting(images=64 * _TRAINING, steps=_TRAINING, seed=seed)
    trained = train_classifier(design, fitting, architecture=ARCHITECTURE, held_out=100)
    checkpoint = root.parent / f"{root.name}.safetensors"
    module = trained.classifier.module
    write_checkpoint(module, checkpoint, class_names=design.class_names, data_config=_CONFIG)
    images = draw_images(design, _IMAGES, split="test", variant="removed")
    names = [f"{design.class_names[label]}/{place:04d}.png" for place, label in enumerate(images.labels.tolist())]
    for name, pixels in zip(names, images.images.permute(0, 2, 3, 1).numpy(), strict=True):
        _save(root / name, pixels)
    table = images.attributes[list(_ATTRIBUTES)].assign(image_id=names)
    told = root.parent / f"{root.name}.csv"
    pd.DataFrame(table).to_csv(told, index=False)
    return Planted(data=root, checkpoint=checkpoint, check="factor", subject="marker", attributes=told)


PROBLEMS: dict[str, Callable[[Path, int], Planted]] = {
    "mislabelled_class": mislabelled_class,
    "corrupted_folder": corrupted_folder,
    "corrupted_class": corrupted_class,
    "shortcut_marker": shortcut_marker,
}
"""Problems by name: (an empty folder, a seed) to what was planted."""


def _digits() -> list[tuple[str, Pixels]]:
    """The digits that the embedded default is audited on: class and (32, 32, 3) pixels."""
    half: Samples = digits_halves(EmbeddedTraining().seed)[1]
    decoded = ((entry.class_name, half.decode(entry, CLEAN).image) for entry in half.entries)
    return [(name, np.asarray(image)) for name, image in decoded if image is not None]


def _weights() -> Path:
    """Weights of the embedded default, trained if they are not there yet."""
    training = EmbeddedTraining()
    embedded_default(training)
    return weights_path(training)


def _spoilt(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """An image out of focus on a noisy sensor."""
    blurred = np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(3.0)), dtype=np.float64)
    return np.clip(blurred + rng.normal(0, 40, blurred.shape), 0, 255).astype(np.uint8)


def _save(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
