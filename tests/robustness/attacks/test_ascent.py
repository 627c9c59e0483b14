import math

import pytest
import torch
from torch import Tensor

from robustness.attacks.ascent import Ascent, gradients_of, make_radii, maximise
from tests.robustness.attacks.classifiers import photos

IMAGES = photos(12)
TARGET = photos(12, seed=9)


def nearness(candidates: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Minus the squared distance to a target image; reached within 1."""
    away = (candidates - TARGET[rows]).flatten(1).double().square().sum(1)
    return -away, away < 1


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_optimum_of_a_concave_objective_is_found(norm: str) -> None:
    """The nearest point to the target in the ball: a clamped or a scaled difference, inside the box by itself."""
    eps = 0.1 if norm == "linf" else 0.8
    found = maximise(nearness, IMAGES, eps=eps, ascent=Ascent(norm=norm, steps=200, relative_step=0.02))
    towards = TARGET - IMAGES
    if norm == "linf":
        best = IMAGES + towards.clamp(-eps, eps)
    else:
        best = IMAGES + towards * (eps / towards.flatten(1).norm(dim=1)).view(-1, 1, 1, 1)
    assert not found.reached.any()
    torch.testing.assert_close(found.values, nearness(best, torch.arange(12))[0], rtol=5e-3, atol=0)


def test_values_and_images_belong_together() -> None:
    found = maximise(nearness, IMAGES, eps=0.4, ascent=Ascent(steps=10, restarts=2))
    values, reached = nearness(found.images, torch.arange(12))
    torch.testing.assert_close(found.values, values)
    assert torch.equal(found.reached, reached)


def test_more_restarts_never_end_lower() -> None:
    def bumpy(candidates: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        values = (30 * candidates).sin().flatten(1).sum(1)
        return values, values > math.inf

    few, many = (
        maximise(bumpy, IMAGES, eps=0.3, ascent=Ascent(steps=5, restarts=restarts)).values for restarts in (1, 6)
    )
    assert (many >= few).all()
    assert (many > few).any()


def test_stopping_early_reaches_the_same_images_with_less_work() -> None:
    work = {True: 0, False: 0}
    reached = {}
    for early_stop in work:

        def counted(candidates: Tensor, rows: Tensor, early_stop: bool = early_stop) -> tuple[Tensor, Tensor]:
            work[early_stop] += len(rows)
            return nearness(candidates, rows)

        ascent = Ascent(steps=20, restarts=3, early_stop=early_stop)
        reached[early_stop] = maximise(counted, IMAGES, eps=0.55, ascent=ascent).reached
    assert torch.equal(reached[True], reached[False])
    assert reached[True].any()
    assert work[True] < work[False] == 12 * (1 + 3 * 21)


def test_a_reached_image_is_left_as_it_is() -> None:
    def already(candidates: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        return candidates.flatten(1).sum(1), rows % 2 == 0

    found = maximise(already, IMAGES, eps=0.1, ascent=Ascent(steps=3))
    assert torch.equal(found.images[::2], IMAGES[::2])
    assert (found.images[1::2] != IMAGES[1::2]).any()
    going_on = maximise(already, IMAGES, eps=0.1, ascent=Ascent(steps=3, early_stop=False))
    assert (going_on.values > found.values)[::2].all()


def test_an_image_does_not_feel_the_others() -> None:
    other = IMAGES.clone()
    other[1:] = photos(11, seed=5)
    ascent = Ascent(steps=5, restarts=2)
    first, second = (maximise(nearness, images, eps=0.3, ascent=ascent) for images in (IMAGES, other))
    assert torch.equal(first.images[0], second.images[0])
    assert not torch.equal(first.images[1], second.images[1])


def test_the_generator_decides_alone() -> None:
    def run(seed: int | None) -> Tensor:
        generator = None if seed is None else torch.Generator().manual_seed(seed)
        return maximise(nearness, IMAGES, eps=0.2, ascent=Ascent(steps=2), generator=generator).images

    before = torch.get_rng_state()
    assert torch.equal(run(3), run(3))
    assert torch.equal(run(None), run(0))
    assert not torch.equal(run(3), run(4))
    assert torch.equal(torch.get_rng_state(), before)


def test_values_that_are_nan_are_never_kept_nor_followed() -> None:
    def broken(candidates: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        values = candidates.flatten(1).sum(1)
        return torch.where(rows == 0, values * math.nan, values), rows < 0

    found = maximise(broken, IMAGES, eps=0.1, ascent=Ascent(steps=3))
    assert torch.equal(found.images[0], IMAGES[0])
    assert found.images.isfinite().all()
    assert found.values[0] == -math.inf


@pytest.mark.parametrize("restarts", [1, 2])
def test_no_images_are_no_trouble(restarts: int) -> None:
    found = maximise(nearness, IMAGES[:0], eps=0.1, ascent=Ascent(restarts=restarts))
    assert found.images.shape == (0, 3, 6, 6)


def test_gradients_are_those_of_each_image() -> None:
    rows = torch.arange(12)
    values, reached, gradients = gradients_of(nearness, IMAGES, rows)
    torch.testing.assert_close(gradients, 2 * (TARGET - IMAGES))
    assert not values.requires_grad
    assert torch.equal(reached, nearness(IMAGES, rows)[1])


def test_an_objective_without_a_gradient_is_refused() -> None:
    def detached(candidates: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        return nearness(candidates.detach(), rows)

    with pytest.raises(ValueError, match="expected a classifier that is differentiable in the pixels"):
        maximise(detached, IMAGES, eps=0.1, ascent=Ascent())


def test_radii_are_rounded_down() -> None:
    for eps in (8 / 255, 0.1, 0.3, 1.0, 0.0):
        radii = make_radii(eps, IMAGES)
        assert radii.shape == (12,)
        assert ((radii.double() <= eps) & (radii.double() >= eps * (1 - 2e-7))).all()


@pytest.mark.parametrize("eps", [-0.1, math.nan, math.inf])
def test_other_radii_are_refused(eps: float) -> None:
    with pytest.raises(ValueError, match="expected `eps` of at least 0 and finite"):
        make_radii(eps, IMAGES)


def test_radii_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected `eps` as a number or of shape \(12,\), got \(3,\)"):
        make_radii(torch.ones(3), IMAGES)


@pytest.mark.parametrize(
    "images, message",
    [
        (torch.zeros(3, 4, 4), r"of shape \(N, 3, H, W\) as float32"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.uint8), "torch.uint8; divide uint8 pixels by 255"),
        (torch.full((1, 3, 4, 4), 1.5), r"in \[0, 1\], got 1.5..1.5; attack pixels before normalisation"),
        (torch.full((1, 3, 4, 4), math.nan), r"in \[0, 1\], got nan..nan"),
    ],
)
def test_other_images_are_refused(images: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        maximise(nearness, images, eps=0.1, ascent=Ascent())


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"norm": "l7"}, "expected `norm` to be one of linf, l2, got 'l7'"),
        ({"steps": 0}, "`steps` and `restarts` of at least 1, got 0 and 1"),
        ({"restarts": 0}, "got 40 and 0"),
        ({"relative_step": 0.0}, "expected `relative_step` above 0"),
    ],
)
def test_other_settings_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Ascent(**settings)  # type: ignore[arg-type]


def test_settings_print_as_the_call_that_makes_them() -> None:
    ascent = Ascent(norm="l2", steps=3, relative_step=0.5)
    assert eval(repr(ascent)) == ascent
