"""Training the autoencoder on a user's images, with the classifier's own features as perceptual distance.

    loss = |x - x'| + w_f mean_l |F_l(x) - F_l(x')| / |F_l(x) - F_l(y)| + w_k KL / d

with x' a reconstruction from a sampled code, pixels in [0, 1], and y other images: a feature distance of 1 is that of
two images at random, so that layers of any width and scale count alike. No external weights are needed, and the
reconstruction keeps what this classifier sees.

Reference:
    Rombach, Esser and Ommer, Making Sense of CNNs, 2020, https://arxiv.org/abs/2008.01777 (perceptual loss); settings
    are our own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from xai.descent import Progress, descend
from xai.invariances.autoencoder import Autoencoder, as_pixels

__all__ = ["AutoencoderRecipe", "TrainedAutoencoder", "feature_scales", "reconstruction_loss", "train_autoencoder"]

Features = Callable[[Tensor], Mapping[str, Tensor]]
"""Images (N, 3, H, W) to the outputs of layers, by name; see :class:`xai.invariances.layers.Layers`."""

_BLOCK = 256  # held-out images in one pass


@dataclass(frozen=True, kw_only=True)
class AutoencoderRecipe:
    """How an autoencoder is built and trained.

    Attributes:
        code: length of a code.
        width: channels of the first convolution.
        steps: at most.
        batch_size: images a step.
        learning_rate: of Adam.
        betas: of Adam.
        last_rate: the last learning rate as a fraction of the first.
        features: weight of the feature distance, w_f.
        divergence: weight of the divergence from the prior for each dimension, w_k.
        check_every: steps between looks at the held-out loss.
        patience: looks without a gain after which training stops.
        seed: of weights, batches and codes.
    """

    code: int = 32
    width: int = 32
    steps: int = 1000
    batch_size: int = 48
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.9, 0.99)
    last_rate: float = 0.05
    features: float = 0.2
    divergence: float = 2e-3
    check_every: int = 200
    patience: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("code", "width", "steps", "batch_size", "check_every", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        if min(self.features, self.divergence) < 0 or self.learning_rate <= 0:
            raise ValueError(
                f"expected weights from 0 and `learning_rate` above 0, got {self.features}, {self.divergence} and "
                f"{self.learning_rate}"
            )


@dataclass(frozen=True, kw_only=True)
class TrainedAutoencoder:
    """An autoencoder and its way there.

    Attributes:
        autoencoder: in its best state.
        held_out: (step, loss) at every look.
        best_step: where the loss was lowest.
    """

    autoencoder: Autoencoder
    held_out: tuple[tuple[int, float], ...] = field(repr=False)
    best_step: int


def train_autoencoder(
    images: Tensor,
    *,
    held_out: Tensor,
    features: Features,
    recipe: AutoencoderRecipe | None = None,
    progress: Progress | None = None,
) -> TrainedAutoencoder:
    """Train an autoencoder to draw images so that a classifier sees the same in them.

    Args:
        images: (N, 3, H, W) to learn from, floats in [0, 1] or uint8.
        held_out: (M, 3, H, W), to stop by.
        features: of the classifier, frozen.
        recipe: of network and training.
        progress: told about every step.

    Raises:
        ValueError: images of a size that does not halve often enough, or a loss that is not finite.
    """
    chosen = AutoencoderRecipe() if recipe is None else recipe
    height, width = images.shape[2:]
    autoencoder = Autoencoder((height, width), code=chosen.code, width=chosen.width, seed=chosen.seed).to(images.device)
    scales = feature_scales(features, as_pixels(held_out[:_BLOCK]))
    generator = torch.Generator().manual_seed(chosen.seed)
    fixed = chosen.seed + 1  # the same codes at every look, so that looks can be compared

    def batch_loss(model: Autoencoder) -> Tensor:
        some = torch.randint(len(images), (min(chosen.batch_size, len(images)),), generator=generator)
        drawn = as_pixels(images[some.to(images.device)])
        return reconstruction_loss(model, drawn, features, scales, chosen, generator).mean()

    def held_out_loss(model: Autoencoder) -> Tensor:
        draws = torch.Generator().manual_seed(fixed)
        blocks = (as_pixels(block) for block in held_out.split(_BLOCK))
        parts = [reconstruction_loss(model, x, features, scales, chosen, draws) for x in blocks]
        return torch.cat(parts).mean()

    model, looks, best = descend(autoencoder, batch_loss, held_out_loss, chosen, progress)
    return TrainedAutoencoder(autoencoder=model, held_out=looks, best_step=best)


def reconstruction_loss(
    autoencoder: Autoencoder,
    images: Tensor,
    features: Features,
    scales: Mapping[str, float],
    recipe: AutoencoderRecipe,
    generator: torch.Generator,
) -> Tensor:
    """The loss (N,) of reconstructions from sampled codes; see the module.

    Args:
        autoencoder: judged.
        images: (N, 3, H, W) in [0, 1].
        features: of the classifier.
        scales: of :func:`feature_scales`.
        recipe: the weights.
        generator: of the codes.
    """
    posterior = autoencoder.encode(images)
    drawn = autoencoder.decode(posterior.sample(generator))
    loss = (drawn - images).abs().flatten(1).mean(1) + recipe.divergence * posterior.divergence() / autoencoder.code
    if not recipe.features:
        return loss
    with torch.no_grad():
        wanted = features(images)
    seen = features(drawn)
    distances = [(seen[name] - wanted[name]).abs().flatten(1).mean(1) / scale for name, scale in scales.items()]
    return loss + recipe.features * torch.stack(distances).mean(0)


@torch.no_grad()
def feature_scales(features: Features, images: Tensor) -> dict[str, float]:
    """Mean absolute difference of each layer between images (N, 3, H, W) and their neighbours in the batch.

    Layers that do not tell images apart are left out.

    Raises:
        ValueError: fewer than two images, or no layer tells any two apart.
    """
    if len(images) < 2:
        raise ValueError(f"expected at least 2 images to measure distances between, got {len(images)}")
    found = {name: float((x - x.roll(1, 0)).abs().mean()) for name, x in features(images).items()}
    scales = {name: scale for name, scale in found.items() if scale > 0}
    if not scales:
        raise ValueError(f"expected features that differ between images, got {len(images)} times the same")
    return scales
