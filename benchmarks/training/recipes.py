"""Training recipes: what is done to the images, the loss or the network, alone or combined.

A recipe passes a batch through at most five places, in this order: crop and flip (which every recipe has), a policy
(AutoAugment, RandAugment), Cutout, one method that makes its own images and loss (Mixup, CutMix, AugMix, adversarial
training), and pAdaIN inside of the network. Methods that take the same place contradict each other. The numbers are
those of the CIFAR experiments in each paper, and can be given after a colon: ``augmix:1+padain:0.1``.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from types import MappingProxyType

from robustness.augmentations import AUTOAUGMENT_OVERLAPS, OVERLAPPING_OPERATIONS, POLICIES, RANDAUGMENT_OVERLAPS

__all__ = ["RECIPES", "Recipe", "parse_recipe"]


@dataclass(frozen=True, kw_only=True, repr=False)
class Recipe:
    """The methods of a training and the strength of each; None leaves a method out.

    Attributes:
        autoaugment: learned policy, ``cifar`` or ``imagenet`` (Cubuk et al. 2019, https://arxiv.org/abs/1805.09501).
        randaugment: magnitude of two operations an image (Cubuk et al. 2020, https://arxiv.org/abs/1909.13719).
        cutout: side of the grey square as a share of the image's (DeVries and Taylor 2017, section 4.1: half,
            https://arxiv.org/abs/1708.04552).
        mixup: alpha of Beta(alpha, alpha) (Zhang et al. 2018, section 3.2, https://arxiv.org/abs/1710.09412).
        cutmix: likewise (Yun et al. 2019, section 3.1, https://arxiv.org/abs/1905.04899).
        augmix: severity of the nine operations that no test corruption resembles, with the Jensen-Shannon loss
            (Hendrycks et al. 2020, section 3: 3 for CIFAR, 1 for ImageNet, https://arxiv.org/abs/1912.02781).
        augmix_all: the same with the thirteen operations that timm and torchvision use.
        adversarial: radius in 255ths of the pixel range, linf (Madry et al. 2018, section 4,
            https://arxiv.org/abs/1706.06083).
        padain: probability of permuted AdaIN at each site (Nuriel et al. 2021, https://arxiv.org/abs/2010.05785).

    Raises:
        ValueError: methods that take the same place, or a strength that has no meaning.

    Example:
        >>> recipe = parse_recipe("padain:0.1+augmix")
        >>> recipe, recipe.name
        (Recipe(augmix=3.0, padain=0.1), 'augmix+padain:0.1')
    """

    autoaugment: str | None = None
    randaugment: float | None = None
    cutout: float | None = None
    mixup: float | None = None
    cutmix: float | None = None
    augmix: float | None = None
    augmix_all: float | None = None
    adversarial: float | None = None
    padain: float | None = None

    def __post_init__(self) -> None:
        methods = dict(self._methods())
        for place, rivals in _PLACES.items():
            both = [name for name in methods if name in rivals]
            if len(both) > 1:
                raise ValueError(f"expected one method that {place}, got {' and '.join(both)}; train them apart")
        for name, strength in methods.items():
            _check_strength(name, strength)

    @property
    def name(self) -> str:
        """How tables call it; :func:`parse_recipe` reads it back."""
        words = []
        for method, strength in self._methods():
            usual = strength == getattr(RECIPES[method], method)
            words.append(method if usual else f"{method}:{strength if isinstance(strength, str) else f'{strength:g}'}")
        return "+".join(words) or "baseline"

    @property
    def overlaps(self) -> tuple[str, ...]:
        """Operations it trains with that resemble test corruptions: results on those are no surprise."""
        return tuple(dict.fromkeys(one for method in self._methods() for one in _overlaps(*method)))

    @property
    def views(self) -> int:
        """Images that the network sees for each image of a batch."""
        return 3 if self.augmix is not None or self.augmix_all is not None else 1

    def _methods(self) -> Iterator[tuple[str, float | str]]:
        for field in fields(self):
            strength = getattr(self, field.name)
            if strength is not None:
                yield field.name, strength

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Recipe({', '.join(f'{method}={strength!r}' for method, strength in self._methods())})"


_PLACES = MappingProxyType(
    {
        "applies a policy": ("autoaugment", "randaugment"),
        "makes its own images and loss": ("mixup", "cutmix", "augmix", "augmix_all", "adversarial"),
    }
)

_HIGHEST = {"randaugment": 30.0, "cutout": 1.0, "augmix": 10.0, "augmix_all": 10.0, "adversarial": 255.0, "padain": 1.0}


def _check_strength(method: str, strength: float | str) -> None:
    if isinstance(strength, str):
        if strength not in POLICIES:
            raise ValueError(f"expected `{method}` among {', '.join(POLICIES)}, got {strength!r}")
        return
    highest = _HIGHEST.get(method, float("inf"))
    if not 0 <= strength <= highest or (strength == 0 and method != "padain"):
        raise ValueError(f"expected `{method}` above 0 and at most {highest:g}, got {strength}")


RECIPES: dict[str, Recipe] = {
    "baseline": Recipe(),
    "cutout": Recipe(cutout=0.5),
    "mixup": Recipe(mixup=1.0),
    "cutmix": Recipe(cutmix=1.0),
    "autoaugment": Recipe(autoaugment="cifar"),
    "randaugment": Recipe(randaugment=9.0),
    "augmix": Recipe(augmix=3.0),
    "augmix_all": Recipe(augmix_all=3.0),
    "adversarial": Recipe(adversarial=8.0),
    "padain": Recipe(padain=0.01),
}


def parse_recipe(text: str, *, padain_p: float | None = None) -> Recipe:
    """Read a recipe such as ``augmix+padain`` or ``padain:0.1``.

    Args:
        text: names of :data:`RECIPES` joined by ``+``, each with an own strength after a colon if wanted.
        padain_p: probability of pAdaIN where the text names pAdaIN without one.

    Raises:
        ValueError: an unknown name, a strength that cannot be read, or methods that contradict each other.

    Example:
        >>> parse_recipe("augmix+padain", padain_p=0.1).name
        'augmix+padain:0.1'
    """
    chosen: dict[str, float | str] = {}
    for word in text.split("+"):
        method, colon, strength = word.strip().partition(":")
        if method not in RECIPES:
            raise ValueError(f"expected recipes among {', '.join(RECIPES)}, joined by +, got {method!r} in {text!r}")
        if method in chosen:
            raise ValueError(f"expected {method} once, got it twice in {text!r}")
        if method == "baseline":
            if colon or "+" in text:
                raise ValueError(f"expected baseline alone, got {text!r}")
            continue
        chosen[method] = _read_strength(method, strength) if colon else getattr(RECIPES[method], method)
        if method == "padain" and not colon and padain_p is not None:
            chosen[method] = padain_p
    return replace(RECIPES["baseline"], **chosen)  # type: ignore[arg-type]


def _read_strength(method: str, strength: str) -> float | str:
    if method == "autoaugment":
        return strength
    try:
        return float(strength)
    except ValueError:
        raise ValueError(f"expected a number after {method}:, got {strength!r}") from None


_OVERLAPS: dict[str, tuple[str, ...]] = {"augmix_all": OVERLAPPING_OPERATIONS, "randaugment": RANDAUGMENT_OVERLAPS}


def _overlaps(method: str, strength: float | str) -> tuple[str, ...]:
    return AUTOAUGMENT_OVERLAPS[str(strength)] if method == "autoaugment" else _OVERLAPS.get(method, ())
