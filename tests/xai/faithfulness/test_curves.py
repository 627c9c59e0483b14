"""Deletion and insertion against a loop over pixels, and on a classifier whose evidence is known."""

import pytest
import torch
from torch import Tensor, nn

from xai.faithfulness import BASELINES, deletion_curve, insertion_curve

SIDE = 8


class Linear(nn.Module):
    """Two classes; the first one's logit is a weighted sum of pixels, the second one's is 0."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(3, SIDE, SIDE, generator=torch.Generator().manual_seed(3)) * 0.3)

    def forward(self, images: Tensor) -> Tensor:
        logit = (images * self.weight).sum((1, 2, 3))
        return torch.stack([logit, torch.zeros_like(logit)], 1)

    def contributions(self, images: Tensor, baseline: Tensor) -> Tensor:
        return ((images - baseline) * self.weight).sum(1).detach()


@pytest.fixture
def images() -> Tensor:
    return torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def targets() -> Tensor:
    return torch.zeros(3, dtype=torch.long)


def slow_curve(classifier: nn.Module, before: Tensor, after: Tensor, ranking: Tensor, steps: int) -> list[float]:
    """Probability of class 0 while pixels of one image (3, H, W) are replaced one by one."""
    pixels, order = before.clone(), sorted(range(SIDE * SIDE), key=lambda place: -ranking.flatten()[place].item())
    found = {0: classifier(pixels[None]).softmax(1)[0, 0].item()}
    for count, place in enumerate(order, start=1):
        pixels[:, place // SIDE, place % SIDE] = after[:, place // SIDE, place % SIDE]
        found[count] = classifier(pixels[None]).softmax(1)[0, 0].item()
    return [found[round(SIDE * SIDE * step / steps)] for step in range(steps + 1)]


@pytest.mark.parametrize("baseline", sorted(BASELINES))
def test_curves_are_those_of_a_loop_over_pixels(images: Tensor, baseline: str) -> None:
    classifier, maps = Linear(), torch.randn(3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    fill = BASELINES[baseline](images)
    for curve, before, after in ((deletion_curve, images, fill), (insertion_curve, fill, images)):
        got = curve(classifier, images, targets(), maps, baseline=baseline, steps=8, batch_size=5)
        slow = torch.tensor([slow_curve(classifier, *row, 8) for row in zip(before, after, maps, strict=True)])
        assert torch.allclose(got.probabilities.float(), slow, atol=1e-5)
        assert torch.allclose(got.fractions, torch.arange(9) / 8)
        area = (slow[:, 1:] + slow[:, :-1]).sum(1) / 16
        assert torch.allclose(got.area.float(), area, atol=1e-5)


@pytest.mark.parametrize("baseline", sorted(BASELINES))
def test_the_true_map_of_a_linear_model_is_the_best_one(images: Tensor, baseline: str) -> None:
    classifier = Linear()
    true = classifier.contributions(images, BASELINES[baseline](images))
    other = torch.randn(true.shape, generator=torch.Generator().manual_seed(2))
    area = {}
    for name, maps in (("true", true), ("other", other), ("reverse", -true)):
        for kind, curve in (("deletion", deletion_curve), ("insertion", insertion_curve)):
            area[kind, name] = curve(classifier, images, targets(), maps, baseline=baseline).area
    assert bool((area["deletion", "true"] < area["deletion", "other"]).all())
    assert bool((area["deletion", "other"] < area["deletion", "reverse"]).all())
    assert bool((area["insertion", "true"] > area["insertion", "other"]).all())
    assert bool((area["insertion", "other"] > area["insertion", "reverse"]).all())


def test_curves_by_the_true_map_fall_while_pixels_speak_for_the_class_and_rise_after(images: Tensor) -> None:
    classifier = Linear()
    true = classifier.contributions(images, BASELINES["mean_colour"](images))
    deleted = deletion_curve(classifier, images, targets(), true, baseline="mean_colour", steps=SIDE * SIDE)
    for steps, fall in zip(deleted.probabilities.diff(dim=1), (true > 0).sum((1, 2)).tolist(), strict=True):
        assert bool((steps[:fall] <= 1e-7).all())
        assert bool((steps[fall:] >= -1e-7).all())


def test_both_curves_go_between_the_same_two_images(images: Tensor) -> None:
    maps = torch.randn(3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    deleted = deletion_curve(Linear(), images, targets(), maps).probabilities
    inserted = insertion_curve(Linear(), images, targets(), maps).probabilities
    assert torch.allclose(deleted[:, 0], inserted[:, -1])
    assert torch.allclose(deleted[:, -1], inserted[:, 0])
    # what the highest pixels leave is what the lowest bring
    assert torch.allclose(deleted, insertion_curve(Linear(), images, targets(), -maps).probabilities.flip(1))


def test_equal_pixels_go_in_an_order_of_the_seed(images: Tensor) -> None:
    flat = torch.zeros(3, SIDE, SIDE)
    first, again, other = (
        deletion_curve(Linear(), images, targets(), flat, seed=seed).probabilities for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.allclose(first, other)


def test_baselines_keep_the_shape_and_say_less(images: Tensor) -> None:
    for make in BASELINES.values():
        fill = make(images)
        assert fill.shape == images.shape
        assert bool((fill.var((2, 3)) < images.var((2, 3)) / 4).all())
        plain = torch.full_like(images, 0.25)
        assert torch.allclose(make(plain), plain)


def test_bad_arguments_say_what_was_expected(images: Tensor) -> None:
    maps = torch.zeros(3, SIDE, SIDE)
    with pytest.raises(ValueError, match=r"expected `baseline` in blurred, mean_colour, got 'black'"):
        deletion_curve(Linear(), images, targets(), maps, baseline="black")
    with pytest.raises(ValueError, match=r"expected `maps` of shape \(N, H, W\)"):
        insertion_curve(Linear(), images, targets(), maps[:, :4])
    with pytest.raises(ValueError, match=r"expected `steps` of at least 1, got 0"):
        deletion_curve(Linear(), images, targets(), maps, steps=0)


def test_the_classifier_is_left_as_it_was(images: Tensor) -> None:
    classifier = Linear().train()
    deletion_curve(classifier, images, targets(), torch.zeros(3, SIDE, SIDE))
    assert classifier.training
    assert classifier.weight.requires_grad
