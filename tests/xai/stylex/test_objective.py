"""Each kind of step trains what it should and nothing else."""

import torch

from tests.xai.stylex.small import TINY, Brightness, halves
from tests.xai.stylex.test_networks import drawn, normal
from xai.stylex.networks import Discriminator, Networks, draw_weights
from xai.stylex.objective import encode_and_judge, make_from_noise, path_length_penalty
from xai.stylex.recipe import RECIPES, TrainingRecipe
from xai.stylex.view import ClassifierView


def reached(networks: Networks) -> set[str]:
    return {
        name.split(".")[0]
        for name, parameter in networks.named_parameters()
        if parameter.grad is not None and parameter.grad.abs().sum() > 0
    }


def adversary() -> Discriminator:
    discriminator = Discriminator(TINY)
    draw_weights(discriminator, torch.Generator().manual_seed(3))
    return discriminator


def test_the_loss_is_the_weighed_sum_of_its_terms() -> None:
    networks, images = drawn().requires_grad_(), halves(8).float() / 255
    view = ClassifierView(Brightness(), images[:1])
    probabilities, recipe = view.probabilities(images), TrainingRecipe(adversarial=0.1)
    made = encode_and_judge(networks, view, adversary(), images, probabilities, recipe, given=probabilities)
    assert set(made.terms) == {
        "pixels",
        "features",
        "content",
        "classification",
        "sparsity",
        "adversarial",
        "agreement",
    }
    expected = sum(getattr(recipe, name) * value for name, value in made.terms.items() if name != "agreement")
    torch.testing.assert_close(made.loss, expected)
    made.loss.backward()
    assert reached(networks) == {"encoder", "generator"}


def test_steps_from_noise_train_mapping_and_generator() -> None:
    networks, probabilities = drawn().requires_grad_(), torch.full((8, 2), 0.5)
    made = make_from_noise(networks, adversary(), normal(8, 4), probabilities, RECIPES["alternating"])
    made.loss.backward()
    assert reached(networks) == {"mapping", "generator"}


def test_paths_of_the_mean_length_cost_nothing() -> None:
    networks, styles, noise = drawn().requires_grad_(), 1 + normal(1, TINY.coordinates), normal(1, 3, 8, 8)
    zero = torch.zeros(())
    squared, mean = path_length_penalty(networks, styles.requires_grad_(), noise, zero)
    torch.testing.assert_close(squared, mean.square())
    again, _ = path_length_penalty(networks, styles, noise, mean)
    assert again.item() < 1e-12
    squared.backward()
    assert "generator" in reached(networks)
