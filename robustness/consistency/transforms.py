"""The bank: transforms by name, and which of them suit which image size.

Two sets exist, made for 32 and for 224 pixels. **The rule of size:** the set made for the nearer size (by ratio, so
the border lies near 85 pixels) is taken, and its lengths in pixels, the shifts and the sides of the blurs, are
multiplied by the ratio of the sizes; shifts are rounded to half pixels and are no shorter than one half, blurs are
rounded to odd sides of at least 3. Angles, factors, exponents and shares do not depend on size.

Random transforms are not in the bank: any function that keeps an image's shape can stand beside these.

Reference:
    Bahat and Shakhnarovich, "Confidence from Invariance to Image Transformations", 2018,
    https://arxiv.org/abs/1804.00657 (flips, black and white, contrast, gamma, blur, zoom)
    Bahat and Shakhnarovich, "Classification Confidence Estimation with Test-Time Data-Augmentation", 2020,
    https://arxiv.org/abs/2006.16705 (shifts and rotations)
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from robustness.consistency.geometric import flip_horizontally, flip_vertically, rotate, shift, zoom
from robustness.consistency.photometric import black_and_white, blur, contrast, gamma

__all__ = ["TRANSFORMS", "Transform", "default_transforms", "parse_transform", "transform_bank"]

# In the order of the papers.
TRANSFORMS: dict[str, Callable[..., Tensor]] = {
    "flip_horizontally": flip_horizontally,
    "flip_vertically": flip_vertically,
    "black_and_white": black_and_white,
    "contrast": contrast,
    "gamma": gamma,
    "blur": blur,
    "zoom": zoom,
    "shift": shift,
    "rotate": rotate,
}

_NUMBER_OF_ARGUMENTS = {"contrast": (1,), "gamma": (1,), "blur": (1, 2), "zoom": (1,), "shift": (2,), "rotate": (1,)}
_SMALLEST = 8


@dataclass(frozen=True)
class Transform:
    """A transform with its arguments: a function from images to images that knows its name.

    Attributes:
        name: a key of :data:`TRANSFORMS`.
        arguments: what that function takes after the images.

    Raises:
        ValueError: an unknown name, or another number of arguments.

    Example:
        >>> import torch
        >>> move = Transform("shift", (1, -0.5))
        >>> str(move), move(torch.zeros(2, 3, 8, 8)).shape
        ('shift(1, -0.5)', torch.Size([2, 3, 8, 8]))
    """

    name: str
    arguments: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.name not in TRANSFORMS:
            raise ValueError(f"expected a transform out of {', '.join(TRANSFORMS)}, got {self.name!r}")
        allowed = _NUMBER_OF_ARGUMENTS.get(self.name, (0,))
        if len(self.arguments) not in allowed:
            counts = " or ".join(map(str, allowed))
            raise ValueError(f"expected {counts} arguments of `{self.name}`, got {self.arguments!r}")

    def __call__(self, images: Tensor) -> Tensor:
        """Transform (N, 3, H, W) float images in [0, 1] into such images."""
        if images.ndim != 4 or images.shape[1] != 3 or not images.is_floating_point():
            got = f"{tuple(images.shape)} {images.dtype}"
            raise ValueError(f"expected float `images` of shape (N, 3, H, W) in [0, 1], got {got}")
        return TRANSFORMS[self.name](images, *self.arguments)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{argument:g}' for argument in self.arguments)})"


def parse_transform(text: str) -> Transform:
    """Read a transform's ``str``.

    Args:
        text: such as ``rotate(-6)``.

    Returns:
        The transform.

    Raises:
        ValueError: the text does not name one.

    Example:
        >>> parse_transform("rotate(-6)")
        Transform(name='rotate', arguments=(-6.0,))
    """
    match = re.fullmatch(r"(\w+)\(([^()]*)\)", text.replace(" ", ""))
    try:
        name, inside = match.groups() if match else ("", "")
        return Transform(name, tuple(float(part) for part in inside.split(",") if part))
    except ValueError as error:
        raise ValueError(f"expected a transform such as 'shift(1, 0)', got {text!r}: {error}") from error


# The defaults come first. At 32 px they are the best fifteen of this bank on small classifiers of digits, by
# forward selection: strong and various ones; none that turns one class into another.
_DEFAULT_32 = (
    "contrast(0.7)", "contrast(1.8)", "gamma(0.4)", "gamma(0.6)", "gamma(1.3)", "blur(3, 3)", "blur(5, 5)",
    "zoom(0.95)", "rotate(6)", "rotate(-6)", "shift(2, 0)", "shift(-2, 0)", "shift(0, 2)", "shift(0, -2)",
    "shift(-0.5, 0.5)",
)  # fmt: skip
_MORE_32 = (
    "flip_horizontally()", "flip_vertically()", "black_and_white()", "contrast(1.3)", "gamma(0.85)", "blur(3)",
    "zoom(0.9)", "rotate(12)", "rotate(-12)", "rotate(20)", "rotate(-20)", "shift(1, 0)", "shift(-1, 0)",
    "shift(0, 1)", "shift(0, -1)", "shift(1, 1)", "shift(-1, -1)", "shift(3, 0)", "shift(-3, 0)", "shift(0.5, 0.5)",
)  # fmt: skip

# The set proposed for photos from the papers' tables, then milder and stronger ones of the same families.
_DEFAULT_224 = (
    "flip_horizontally()", "black_and_white()", "contrast(1.3)", "gamma(0.85)", "blur(3)", "shift(3, 0)",
    "shift(-3, 0)", "shift(0, 3)", "shift(0, -3)", "zoom(0.95)",
)  # fmt: skip
_MORE_224 = (
    "contrast(0.7)", "contrast(1.8)", "gamma(0.6)", "gamma(0.75)", "gamma(1.3)", "blur(3, 3)", "blur(5, 5)",
    "zoom(0.9)", "rotate(2)", "rotate(-2)", "rotate(5)", "rotate(-5)", "rotate(10)", "rotate(-10)", "shift(1, 0)",
    "shift(0, 1)", "shift(6, 0)", "shift(-6, 0)", "shift(0, 6)", "shift(0, -6)", "shift(10, 0)", "shift(-10, 0)",
    "shift(-0.5, 0.5)",
)  # fmt: skip


def default_transforms(size: int) -> tuple[Transform, ...]:
    """The transforms to begin with.

    Args:
        size: of the images in pixels, the shorter side.

    Returns:
        15 transforms below 85 pixels, fewer where small sizes make some of them equal; 10 above.

    Raises:
        ValueError: ``size`` below 8.

    Example:
        >>> [str(transform) for transform in default_transforms(224)][:3]
        ['flip_horizontally()', 'black_and_white()', 'contrast(1.3)']
    """
    return _sized(_DEFAULT_32, _DEFAULT_224, size)


def transform_bank(size: int) -> tuple[Transform, ...]:
    """All transforms worth a try at a size, the default ones first: what a selection chooses from.

    Args:
        size: of the images in pixels, the shorter side.

    Returns:
        More than 30 transforms, fewer where small sizes make some of them equal.

    Raises:
        ValueError: ``size`` below 8.

    Example:
        >>> bank = transform_bank(64)
        >>> bank[:15] == default_transforms(64), str(bank[10])
        (True, 'shift(4, 0)')
    """
    return _sized(_DEFAULT_32 + _MORE_32, _DEFAULT_224 + _MORE_224, size)


def _sized(small: tuple[str, ...], large: tuple[str, ...], size: int) -> tuple[Transform, ...]:
    if size < _SMALLEST:
        raise ValueError(f"expected `size` of at least {_SMALLEST} pixels, got {size}")
    names, made_for = (small, 32) if size * size < 32 * 224 else (large, 224)
    scaled = (_scaled(parse_transform(name), size / made_for) for name in names)
    return tuple(dict.fromkeys(scaled))


def _scaled(transform: Transform, ratio: float) -> Transform:
    lengths = transform.arguments
    if transform.name == "shift":
        lengths = tuple(_halves(length * ratio) for length in lengths)
    if transform.name == "blur":
        lengths = tuple(max(3, 2 * round((length * ratio - 1) / 2) + 1) for length in lengths)
    return Transform(transform.name, lengths)


def _halves(length: float) -> float:
    """Rounded to half pixels, and no less than that: a shift that rounds to nothing would be the image again."""
    return math.copysign(max(1, round(2 * abs(length))), length) / 2 if length else 0.0
