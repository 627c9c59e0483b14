"""Every term against its definition, and its zero."""

import math

import torch
from torch import Tensor, nn

from xai.stylex.losses import (
    classification_loss,
    discriminator_loss,
    feature_distance,
    generator_loss,
    gradient_penalty,
    group_lasso,
    path_lengths,
)


def normal(*size: int, seed: int = 0) -> Tensor:
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def test_feature_distance_is_that_of_unit_vectors() -> None:
    one, other = normal(2, 3, 2, 2), normal(2, 3, 2, 2, seed=1)
    terms = []
    for image in range(2):
        for place in range(4):
            a, b = one[image].flatten(1)[:, place], other[image].flatten(1)[:, place]
            terms.append((2 - 2 * (a @ b) / (a.norm() * b.norm())).item())
    assert math.isclose(feature_distance([one], [other]).item(), sum(terms) / len(terms), rel_tol=1e-5)
    assert feature_distance([one * 3], [one]).item() < 1e-10, "scale says nothing"
    assert feature_distance([], []).item() == 0


def test_classification_loss_is_the_divergence_from_the_image() -> None:
    logits, probabilities = normal(5, 3), normal(5, 3, seed=1).softmax(1)
    expected = (probabilities * (probabilities.log() - logits.softmax(1).log())).sum(1).mean()
    torch.testing.assert_close(classification_loss(logits, probabilities), expected)


def test_the_group_lasso_pulls_every_row_as_hard() -> None:
    weight = normal(5, 3).requires_grad_()
    penalty = group_lasso(weight)
    torch.testing.assert_close(penalty, weight.norm(dim=1).mean())
    penalty.backward()
    torch.testing.assert_close(weight.grad, weight.detach() / weight.detach().norm(dim=1, keepdim=True) / 5)
    still = torch.zeros(5, 3, requires_grad=True)
    group_lasso(still).backward()
    assert not still.grad.any(), "rows at zero stay there"


def test_adversaries_are_even_where_the_discriminator_cannot_tell() -> None:
    unsure = torch.zeros(4)
    assert math.isclose(generator_loss(unsure).item(), math.log(2), rel_tol=1e-6)
    assert math.isclose(discriminator_loss(unsure, unsure).item(), 2 * math.log(2), rel_tol=1e-6)


def test_gradient_penalty_of_a_linear_discriminator_is_half_its_squared_weights() -> None:
    discriminator, images = nn.Linear(12, 1), normal(3, 3, 2, 2).requires_grad_()
    penalty = gradient_penalty(discriminator(images.flatten(1))[:, 0], images)
    torch.testing.assert_close(penalty, discriminator.weight.square().sum() / 2)
    penalty.backward()
    torch.testing.assert_close(discriminator.weight.grad, discriminator.weight.detach())


def test_path_lengths_of_a_linear_generator_are_known() -> None:
    matrix, styles, noise = normal(12, 5), normal(4, 5, seed=1).requires_grad_(), normal(4, 3, 2, 2, seed=2)
    lengths = path_lengths((styles @ matrix.T).view(4, 3, 2, 2), styles, noise)
    expected = (noise.flatten(1) / 2 @ matrix).square().mean(1).sqrt()
    torch.testing.assert_close(lengths, expected)
