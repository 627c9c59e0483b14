"""Attribute oracles: one network that reads all attributes back from any image, an edited one too.

It is trained on independent attributes, so that it cannot infer one from another, and on noisy and blurred copies,
because generated images are less crisp than rendered ones. Its worth is measured on fresh images and kept beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.metrics import bootstrap, resample_counts, resamples_for
from benchmarks.planted.attributes import ATTRIBUTES, draw_attributes
from benchmarks.planted.fitting import Fitting, convnet, fit, initialise
from benchmarks.planted.readings import heads, reading_changes, reading_loss, reading_values, unit_vectors
from benchmarks.planted.rendering import Scene, render
from benchmarks.summary.figures import FIGURE, Figure, rate, resampled

__all__ = ["ORACLE_FITTING", "AttributeOracle", "measure_readings", "train_oracle"]

ORACLE_FITTING = Fitting(images=16384, steps=1000)
"""Default training of an oracle."""

_BATCH = 256
_PLACES = 4  # the head must know where the shape is
_MOST_NOISE = 0.06  # standard deviation added in training, of pixels in [0, 1], different for every image


@dataclass(frozen=True, kw_only=True)
class AttributeOracle:
    """A trained reader of attributes.

    Attributes:
        module: normalised images to outputs, see :mod:`benchmarks.planted.readings`.
        scene: the scene whose images it reads.
        quality: a row per attribute: ``attribute``, ``measure`` (accuracy or R^2), value, low, high, n, convention.
    """

    module: nn.Module
    scene: Scene
    quality: pd.DataFrame

    def read(self, images: Tensor) -> pd.DataFrame:
        """Read the attributes that the scene shows.

        Args:
            images: (N, 3, side, side), uint8 in 0..255 or float in [0, 1].

        Returns:
            N rows in the units of a table of attributes, so that a rule can label them. Levels may pass 1 a little.

        Raises:
            ValueError: images of another shape.
            TypeError: images neither uint8 nor float.
        """
        return reading_values(self._outputs(images), self.scene.visible)

    def changes(self, before: Tensor, after: Tensor) -> pd.DataFrame:
        """How far an edit moved each attribute, in units of the mean distance of two random images.

        Args:
            before: (N, 3, side, side), uint8 or float.
            after: the edited images, paired by position.

        Returns:
            N rows of values >= 0: 0 is untouched, 1 as far as drawing the attribute anew.
        """
        if len(before) != len(after):
            raise ValueError(f"expected an edited image for each of {len(before)}, got {len(after)}")
        return reading_changes(self._outputs(before), self._outputs(after), self.scene.visible)

    def _outputs(self, images: Tensor) -> Tensor:
        side = self.scene.side
        if images.shape[1:] != (3, side, side):
            raise ValueError(f"expected images of shape (N, 3, {side}, {side}), got {tuple(images.shape)}")
        if images.dtype != torch.uint8 and not images.is_floating_point():
            raise TypeError(f"expected images as uint8 in 0..255 or float in [0, 1], got {images.dtype}")
        device = next(self.module.parameters()).device
        with torch.inference_mode():
            parts = [self.module(_normalised(batch.to(device))).cpu() for batch in images.split(_BATCH)]
        return torch.cat(parts)


def train_oracle(
    scene: Scene,
    fitting: Fitting = ORACLE_FITTING,
    *,
    held_out: int = 2000,
    device: torch.device | str = "cpu",
    on_step: Callable[[int], None] = lambda _: None,
) -> AttributeOracle:
    """Train an oracle for a scene and measure it on images it has not seen.

    Args:
        scene: what the images look like.
        fitting: steps and seed.
        held_out: images to measure it on.
        device: where to train and to keep it.
        on_step: called after each step with 1.
    """
    generator = torch.Generator().manual_seed(fitting.seed)
    attributes = draw_attributes(fitting.images, seed=fitting.seed, stream="oracle")
    images = render(attributes, scene, device=device)
    targets = {name: torch.tensor(attributes[name].to_numpy(), device=device) for name in scene.visible}
    module = convnet(max(span.stop for span in heads(scene.visible).values()), places=_PLACES)
    initialise(module, generator)
    module.to(device)

    def loss(chosen: Tensor) -> Tensor:
        strengths = torch.rand(len(chosen), 2, generator=generator)
        chosen = chosen.to(device)
        batch = _worn(_normalised(images[chosen]), strengths.to(device), generator)
        return reading_loss(module(batch), {name: values[chosen] for name, values in targets.items()})

    fit(module, loss, fitting, generator=generator, on_step=on_step)
    fresh = draw_attributes(held_out, seed=fitting.seed, stream="oracle held out")
    oracle = AttributeOracle(module=module, scene=scene, quality=pd.DataFrame())
    quality = measure_readings(oracle.read(render(fresh, scene)), fresh)
    return AttributeOracle(module=module, scene=scene, quality=quality)


def _normalised(images: Tensor) -> Tensor:
    return (images.float() / 255 if images.dtype == torch.uint8 else images) * 2 - 1


def _worn(images: Tensor, strengths: Tensor, generator: torch.Generator) -> Tensor:
    """Add noise of random strength, and mix a third of the images with a blurred copy."""
    noise = torch.randn(images.shape, generator=generator).to(images.device)
    images = images + 2 * _MOST_NOISE * strengths[:, 0].view(-1, 1, 1, 1) * noise
    share = (strengths[:, 1] * 3 - 2).clamp_(min=0).view(-1, 1, 1, 1)
    blurred = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="replicate"), 3, stride=1)
    return images + share * (blurred - images)


def measure_readings(readings: pd.DataFrame, truth: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Compare what was read with what was drawn.

    Args:
        readings: N rows, a column per attribute that was read.
        truth: N rows with those columns.
        seed: of the bootstrap.

    Returns:
        A row per attribute: ``attribute``, ``measure``, value, low, high, n, convention. Discrete attributes have
        an accuracy, levels an R^2; of an angle, R^2 is that of its point on the circle.
    """
    counts = resample_counts(len(truth), resamples_for(len(truth)), seed)
    rows = []
    for name in map(str, readings):
        read, true = readings[name].to_numpy(), truth[name].to_numpy()
        if ATTRIBUTES[name].count:
            measure, figure = "accuracy", rate(int((read == true).sum()), len(true), "read value equals the drawn one")
        else:
            attribute = ATTRIBUTES[name]
            measure = "r2"
            figure = _explained(unit_vectors(read, attribute), unit_vectors(true, attribute), counts)
        rows.append({"attribute": name, "measure": measure, **figure._asdict()})
    return pd.DataFrame(rows, columns=["attribute", "measure", *FIGURE])


def _explained(read: np.ndarray, true: np.ndarray, counts: np.ndarray) -> Figure:
    """R^2 of (N, D) readings."""
    error, square = ((read - true) ** 2).sum(1), (true**2).sum(1)

    def r2(weights: np.ndarray) -> np.ndarray:
        total = weights.sum(1)
        variance = weights @ square / total - ((weights @ true / total[:, None]) ** 2).sum(1)
        explained: np.ndarray = 1 - weights @ error / total / variance
        return explained

    value = float(r2(np.ones((1, len(true))))[0])
    return resampled(value, bootstrap(r2, counts), len(true), "R^2 on fresh images")
