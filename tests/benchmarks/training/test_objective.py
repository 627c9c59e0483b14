import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import log_softmax, rel_entr
from torch import nn

from benchmarks.training import RECIPES, Recipe, parse_recipe
from benchmarks.training.objective import Augmentation, Objective, attacked
from robustness.augmentations import OPERATIONS, PAPER_OPERATIONS, augmix
from tests.benchmarks.training.conftest import coloured


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.LazyLinear(3)).train()


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def pixels() -> torch.Tensor:
    return coloured(12).source.fetch(range(12)).float() / 255


LABELS = torch.arange(12) % 3


@pytest.mark.parametrize("name", [*RECIPES, "augmix+padain", "randaugment+cutout", "autoaugment+cutmix"])
def test_every_recipe_has_a_finite_loss_with_gradients(name: str) -> None:
    recipe = parse_recipe(name)
    augment = Augmentation(recipe=recipe, padding=2, flip=True)
    batch = augment(coloured(12).source.fetch(range(12)), place=generator(), look=generator())
    assert batch.shape == (12, 3, 16, 16) and batch.dtype == torch.float32
    assert batch.min() >= 0 and batch.max() <= 1
    model = network()
    model(batch)
    loss, right = Objective(recipe=recipe, classes=3)(model, batch, LABELS, generator=generator())
    loss.backward()
    assert loss.isfinite() and 0 <= right <= 12
    assert all(parameter.grad.abs().sum() > 0 for parameter in model[-1].parameters())


def test_the_plain_loss_is_cross_entropy(pixels: torch.Tensor) -> None:
    model = network()
    for smoothing in (0.0, 0.1):
        objective = Objective(recipe=Recipe(), classes=3, smoothing=smoothing)
        loss, right = objective(model, pixels, LABELS, generator=generator())
        logits = model(pixels)
        torch.testing.assert_close(loss, F.cross_entropy(logits, LABELS, label_smoothing=smoothing))
        assert right == (logits.argmax(1) == LABELS).sum()


@pytest.mark.parametrize(("name", "operations"), [("augmix", PAPER_OPERATIONS), ("augmix_all", tuple(OPERATIONS))])
def test_the_augmix_loss_is_that_of_three_views_in_one_pass(
    name: str, operations: tuple[str, ...], pixels: torch.Tensor
) -> None:
    model = network()
    loss, right = Objective(recipe=RECIPES[name], classes=3)(model, pixels, LABELS, generator=generator(5))
    views = augmix(torch.cat((pixels, pixels)), severity=3, operations=operations, generator=generator(5))
    logits = model(torch.cat((pixels, views))).detach().double().numpy()
    log_p = log_softmax(logits, axis=1).reshape(3, 12, 3)
    mixture = np.exp(log_p).mean(0)
    divergence = np.mean([rel_entr(np.exp(one), mixture).sum(1).mean() for one in log_p])
    clean = -log_p[0][np.arange(12), LABELS].mean()
    assert loss.item() == pytest.approx(clean + 12 * divergence, rel=1e-4)
    assert right == (log_p[0].argmax(1) == LABELS.numpy()).sum()


def test_recipes_of_one_seed_see_the_same_crops_and_flips() -> None:
    images = coloured(12).source.fetch(range(12))
    plain = Augmentation(recipe=Recipe(), padding=3, flip=True)(images, place=generator(), look=generator())
    cut = Augmentation(recipe=Recipe(cutout=0.25), padding=3, flip=True)(images, place=generator(), look=generator())
    changed = (plain != cut).any(1).flatten(1).sum(1)
    assert changed.min() > 0 and changed.max() <= 16, "a square of 4 x 4 of 256 pixels"
    still = Augmentation(recipe=Recipe(), padding=0, flip=False)(images, place=generator(), look=generator())
    assert torch.equal(still, images.float() / 255)


def test_an_attack_stays_in_its_ball_raises_the_loss_and_leaves_no_trace(pixels: torch.Tensor) -> None:
    model = network()
    model(pixels)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = attacked(model, pixels, LABELS, eps=0.05, generator=generator())
    assert model.training and all(parameter.grad is None for parameter in model.parameters())
    assert (found - pixels).abs().max() <= 0.05 + 1e-6 and found.min() >= 0 and found.max() <= 1
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    model.eval()
    assert F.cross_entropy(model(found), LABELS) > F.cross_entropy(model(pixels), LABELS) + 0.01
