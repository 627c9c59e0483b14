import pytest
import torch

from robustness.consistency.transforms import (
    TRANSFORMS,
    Transform,
    default_transforms,
    parse_transform,
    transform_bank,
)
from tests.robustness.consistency.pictures import noise

SIZES = [8, 16, 28, 32, 64, 84, 85, 96, 224, 299, 384]


def names(transforms):
    return [str(transform) for transform in transforms]


def test_keys_are_the_functions_own_names():
    assert [function.__name__ for function in TRANSFORMS.values()] == list(TRANSFORMS)


@pytest.mark.parametrize("size", SIZES)
def test_every_transform_of_the_bank_keeps_shape_and_box(size):
    images = noise(1, size, size + 3).float()
    for transform in transform_bank(size):
        result = transform(images)
        assert result.shape == images.shape, transform
        assert result.dtype == torch.float32, transform
        assert 0 <= float(result.min()) <= float(result.max()) <= 1 + 1e-6, transform


@pytest.mark.parametrize("size", [8, 32])
def test_the_bank_is_differentiable_everywhere(size):
    images = noise(1, size, size).round().float().requires_grad_()  # black and white pixels, the hardest
    total = sum(transform(images).square().sum() for transform in transform_bank(size))
    (gradient,) = torch.autograd.grad(total, images)
    assert bool(torch.isfinite(gradient).all())
    assert float((gradient != 0).double().mean()) > 0.4


@pytest.mark.parametrize("size", SIZES)
def test_the_default_comes_first_in_the_bank_and_nothing_twice(size):
    default, bank = default_transforms(size), transform_bank(size)
    assert bank[: len(default)] == default
    assert len(set(bank)) == len(bank) >= 24


@pytest.mark.parametrize("size", SIZES)
def test_no_shift_of_the_bank_stands_still(size):
    assert all(any(transform.arguments) for transform in transform_bank(size) if transform.name == "shift")


def test_the_default_for_photos_is_the_published_one():
    assert names(default_transforms(224)) == [
        "flip_horizontally()",
        "black_and_white()",
        "contrast(1.3)",
        "gamma(0.85)",
        "blur(3)",
        "shift(3, 0)",
        "shift(-3, 0)",
        "shift(0, 3)",
        "shift(0, -3)",
        "zoom(0.95)",
    ]


def test_lengths_grow_with_the_image_and_nothing_else_does():
    for transform, twice in zip(transform_bank(32), transform_bank(64), strict=True):
        if transform.name == "shift":
            assert twice.arguments == tuple(2 * length for length in transform.arguments)
        elif transform.name == "blur":
            assert all(big in (2 * side - 1, 2 * side + 1) for side, big in zip(*pair(transform, twice), strict=True))
        else:
            assert twice == transform


def pair(one, other):
    return one.arguments, other.arguments


def test_the_border_between_both_sets_lies_at_the_mean_ratio():
    assert "flip_horizontally()" not in names(default_transforms(84))
    assert "flip_horizontally()" in names(default_transforms(85))
    assert "shift(1, 0)" in names(default_transforms(85))  # 3 px of 224


@pytest.mark.parametrize("transform", transform_bank(32) + transform_bank(224), ids=str)
def test_text_and_repr_rebuild_the_transform(transform):
    assert parse_transform(str(transform)) == transform
    assert eval(repr(transform)) == transform


@pytest.mark.parametrize(
    "text", ["", "spin(3)", "shift(1)", "shift(1, 2, 3)", "rotate(a)", "rotate", "black_and_white(1)", "gamma()"]
)
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="expected a transform such as 'shift"):
        parse_transform(text)


def test_unknown_names_images_and_sizes_are_refused():
    with pytest.raises(ValueError, match="expected a transform out of flip_horizontally, .*, got 'spin'"):
        Transform("spin")
    with pytest.raises(ValueError, match="expected 2 arguments of `shift`, got"):
        Transform("shift", (1,))
    with pytest.raises(ValueError, match="expected float `images` of shape"):
        Transform("black_and_white")(torch.zeros(1, 3, 8, 8, dtype=torch.uint8))
    with pytest.raises(ValueError, match="expected float `images` of shape"):
        Transform("black_and_white")(torch.zeros(3, 8, 8))
    with pytest.raises(ValueError, match="expected `size` of at least 8 pixels, got 7"):
        transform_bank(7)
