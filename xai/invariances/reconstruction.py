"""Training the autoencoder on a user's images, with the classifier's own features as perceptual distance.

    loss = |x - x'| + w_c D(C) + w_f mean_l D(F_l) + w_k KL / d   with   D(F) = |F(x) - F(x')| / |F(x) - F(y)|

where x' is a reconstruction from a sampled code, pixels are in [0, 1], C is the mean colours of a grid of 4 x 4, F_l
the output of a layer, and y are other images: a distance of 1 is that of two images at random, so that layers of any
width and scale count alike. Colours count by themselves because the median colour, which is what |x - x'| asks for,
jumps between primaries. In training features are compared for half of a batch: they cost more than the autoencoder. No
external weights are needed, and the reconstruction keeps what this classifier sees.

Reference:
    Rombach, Esser and Ommer, Making Sense of CNNs, 2020, https://arxiv.org/abs/2008.01777 (perceptual loss); settings
    are our own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from xai.descent import Progress, descend
from xai.invariances.autoencoder import Autoencoder, as_pixels

__all__ = ["AutoencoderRecipe", "TrainedAutoencoder", "feature_scales", "reconstruction_loss", "train_autoencoder"]

Features = Callable[[Tensor], Mapping[str, Tensor]]
"""Images (N, 3, H, W) to the outputs of layers, by name; see :class:`xai.invariances.layers.Layers`."""

_BLOCK = 256  # held-out images in one pass
_GRID = 4  # places a side whose mean colours are compared
_LEAST = 1e-3  # difference of mean colours that is worth telling
_COLOURS = "mean colours"  # beside the names of layers, among the scales


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
        colours: weight of the distance of mean colours, w_c.
        divergence: weight of the divergence from the prior for each dimension, w_k.
        check_every: steps between looks at the held-out loss.
        patience: looks without a gain after which training stops.
        seed: of weights, batches and codes.
    """

    code: int = 32
    width: int = 16
    steps: int = 600
    batch_size: int = 48
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.9, 0.99)
    last_rate: float = 0.05
    features: float = 0.3
    colours: float = 0.1
    divergence: float = 2e-3
    check_every: int = 100
    patience: int = 3
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("code", "width", "steps", "batch_size", "check_every", "patience"):
            if getattr(self, name) < 1:
                raise ValueError(f"expected `{name}` of at least 1, got {getattr(self, name)}")
        weights = (self.features, self.colours, self.divergence)
        if min(weights) < 0 or self.learning_rate <= 0:
            raise ValueError(
                f"expected weights from 0 and `learning_rate` above 0, got {weights} and {self.learning_rate}"
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
        judged = max(1, len(drawn) // 2)
        return reconstruction_loss(model, drawn, features, scales, chosen, generator, judged=judged)

    def held_out_loss(model: Autoencoder) -> Tensor:
        draws = torch.Generator().manual_seed(fixed)
        blocks = (as_pixels(block) for block in held_out.split(_BLOCK))
        parts = [len(x) * reconstruction_loss(model, x, features, scales, chosen, draws) for x in blocks]
        return torch.stack(parts).sum() / len(held_out)

    model, looks, best = descend(autoencoder, batch_loss, held_out_loss, chosen, progress)
    return TrainedAutoencoder(autoencoder=model, held_out=looks, best_step=best)


def reconstruction_loss(
    autoencoder: Autoencoder,
    images: Tensor,
    features: Features,
    scales: Mapping[str, float],
    recipe: AutoencoderRecipe,
    generator: torch.Generator,
    *,
    judged: int | None = None,
) -> Tensor:
    """The mean loss of reconstructions from sampled codes; see the module.

    Args:
        autoencoder: judged.
        images: (N, 3, H, W) in [0, 1].
        features: of the classifier.
        scales: of :func:`feature_scales`.
        recipe: the weights.
        generator: of the codes.
        judged: images whose features are compared, the first ones; all of them by default.
    """
    posterior = autoencoder.encode(images)
    drawn = autoencoder.decode(posterior.sample(generator))
    loss = (drawn - images).abs().mean() + recipe.divergence * posterior.divergence().mean() / autoencoder.code
    colours = (_colours(drawn) - _colours(images)).abs().mean() / scales[_COLOURS]
    loss = loss + recipe.colours * colours
    if not recipe.features:
        return loss
    with torch.no_grad():
        wanted = features(images[:judged])
    seen = features(drawn[:judged])
    layers = [name for name in scales if name != _COLOURS]
    distances = [(seen[name] - wanted[name]).abs().mean() / scales[name] for name in layers]
    return loss + recipe.features * torch.stack(distances).mean()


def _colours(images: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(images, _GRID)


@torch.no_grad()
def feature_scales(features: Features, images: Tensor) -> dict[str, float]:
    """Mean absolute difference of layers and colours between images (N, 3, H, W) and their neighbours in the batch.

    Layers that do not tell images apart are left out.

    Raises:
        ValueError: fewer than two images, or no layer tells any two apart.
    """
    if len(images) < 2:
        raise ValueError(f"expected at least 2 images to measure distances between, got {len(images)}")
    found = {name: _apart(x) for name, x in features(images).items()}
    scales = {name: scale for name, scale in found.items() if scale > 0}
    if not scales:
        raise ValueError(f"expected features that differ between images, got {len(images)} times the same")
    return scales | {_COLOURS: max(_apart(_colours(images)), _LEAST)}


def _apart(x: Tensor) -> float:
    return float((x - x.roll(1, 0)).abs().mean())
