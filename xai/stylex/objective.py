"""What one step of a training computes: from images or from noise to the terms of the loss."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from xai.stylex.losses import (
    classification_loss,
    feature_distance,
    generator_loss,
    group_lasso,
    path_lengths,
)
from xai.stylex.networks import Discriminator, Networks
from xai.stylex.recipe import TrainingRecipe
from xai.stylex.view import ClassifierView

__all__ = ["Made", "encode_and_judge", "make_from_noise", "path_length_penalty"]


@dataclass(frozen=True, kw_only=True)
class Made:
    """Images that a step made, and what is wrong with them.

    Attributes:
        images: (N, 3, side, side) with gradients.
        terms: scalars by name, not weighted.
        loss: what to step down from.
    """

    images: Tensor
    terms: dict[str, Tensor]
    loss: Tensor


def encode_and_judge(
    networks: Networks,
    view: ClassifierView,
    discriminator: Discriminator | None,
    images: Tensor,
    probabilities: Tensor,
    recipe: TrainingRecipe,
    *,
    given: Tensor,
    perceptual: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Made:
    """Reconstruct images, with every term of the loss.

    Args:
        networks: encoder and generator.
        view: of the classifier.
        discriminator: the adversary; None for none.
        images: (N, 3, side, side) in [0, 1].
        probabilities: (N, K) of the images.
        recipe: weights of the terms.
        given: (N, K) what the generator is told of the classifier: the probabilities, or those of other images.
        perceptual: distance of two batches of images; None for that of the classifier's features.
    """
    content = networks.encoder(images)
    made = networks.generator(networks.generator.styles(torch.cat([content, given], dim=1)))
    logits, features = view(made)
    if perceptual is None:
        with torch.no_grad():
            _, wanted = view(images)
        distance = feature_distance(features, wanted).to(images.device)
    else:
        distance = perceptual(made, images)
    terms = {
        "pixels": (made.float() - images).abs().mean(),
        "features": distance,
        "content": (networks.encoder(made) - content).abs().mean(),
        "classification": classification_loss(logits, probabilities),
        "sparsity": group_lasso(networks.generator.affine.weight),
    }
    loss = torch.stack([getattr(recipe, name) * value.float() for name, value in terms.items()]).sum()
    agreed = (logits.argmax(1) == probabilities.argmax(1)).float().mean()
    if discriminator is not None:
        terms["adversarial"] = generator_loss(discriminator(made, probabilities).float())
        loss = loss + recipe.adversarial * terms["adversarial"]
    return Made(images=made, terms={**terms, "agreement": agreed}, loss=loss)


def make_from_noise(
    networks: Networks, discriminator: Discriminator, noise: Tensor, probabilities: Tensor, recipe: TrainingRecipe
) -> Made:
    """Images out of (N, content) noise and (N, K) borrowed probabilities; the adversary alone judges them."""
    made = networks.generator(networks.noise_styles(noise, probabilities))
    fooled = generator_loss(discriminator(made, probabilities).float())
    return Made(images=made, terms={"noise_adversarial": fooled}, loss=recipe.adversarial * fooled)


def path_length_penalty(networks: Networks, styles: Tensor, noise: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Squared distance of path lengths from their running mean, and the mean of these lengths.

    Args:
        networks: whose generator is kept even.
        styles: (N, S) of images or noise.
        noise: (N, 3, side, side) standard normal.
        mean: scalar, the running mean.

    Returns:
        Two scalars, the first with gradients.
    """
    lengths = path_lengths(networks.generator(styles), styles, noise)
    return (lengths - mean).square().mean(), lengths.detach().mean()
