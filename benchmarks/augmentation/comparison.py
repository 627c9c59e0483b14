"""What a comparison trains and measures, apart from the images."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from benchmarks.augmentation.beds import DigitsBed, FoldersBed, PlantedBed
from benchmarks.training import DIGITS_SETTING, Recipe, TrainingSetting, parse_recipe

__all__ = ["BASELINE", "CANDIDATES", "RECIPES_COMPARED", "REFERENCE", "Attack", "Comparison"]

RECIPES_COMPARED = (
    *("baseline", "cutout", "mixup", "cutmix", "autoaugment", "randaugment", "augmix", "adversarial"),
    *("padain", "augmix+padain"),
)
"""What is compared unless told otherwise, as they are read by :func:`benchmarks.training.parse_recipe`."""

BASELINE = "baseline"
REFERENCE = "reference"
"""How tables call the baseline on a bed's reference images."""

CANDIDATES = (0.01, 0.03, 0.1, 0.3)
"""Probabilities of pAdaIN to choose from: the paper's 0.01, and larger ones for trainings that are shorter."""

_VERSION = "1"  # of what is kept; another one makes finished work be done again
_PADAIN = "padain"


@dataclass(frozen=True, kw_only=True)
class Attack:
    """PGD on every trained network: linf, one random start.

    Attributes:
        eps: radius in 255ths of the pixel range.
        steps: gradient steps.
        images: how many test images are attacked, the same for all networks.
    """

    eps: float = 2.0
    steps: int = 10
    images: int = 128

    def __post_init__(self) -> None:
        if not 0 < self.eps <= 255 or self.steps < 1 or self.images < 1:
            raise ValueError(
                f"expected an attack with `eps` in 0..255 and at least one step and image, got {self.eps:g}, "
                f"{self.steps} and {self.images}"
            )


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Recipes under one budget.

    Attributes:
        bed: the images.
        recipes: as users write them.
        seeds: each recipe is trained once from each; seeds are paired across recipes.
        training: what all trainings share; its recipe and seed are replaced.
        candidates: probabilities among which validation images choose that of pAdaIN, where a recipe leaves it open.
        choosing_seeds: of the trainings that choose; none of ``seeds``, lest a choice favours what it is judged by.
        images: test images, at most.
        attack: what is tried on each network.
        exchanged: test images that exchange their statistics.

    Raises:
        ValueError: no recipe or seed, one twice, or recipes that cannot be read.

    Example:
        >>> Comparison(recipes=("baseline", "augmix+padain"), seeds=(0, 1)).open_recipes
        ('augmix+padain',)
    """

    bed: DigitsBed | PlantedBed | FoldersBed = field(default_factory=DigitsBed)
    recipes: tuple[str, ...] = RECIPES_COMPARED
    seeds: tuple[int, ...] = (0, 1, 2)
    training: TrainingSetting = DIGITS_SETTING
    candidates: tuple[float, ...] = CANDIDATES
    choosing_seeds: tuple[int, ...] = (1_000, 1_001)
    images: int = 500
    attack: Attack = field(default_factory=Attack)
    exchanged: int = 400

    def __post_init__(self) -> None:
        for name, chosen in (("recipes", self.recipes), ("seeds", self.seeds), ("candidates", self.candidates)):
            _check_distinct(name, chosen)
        for text in self.recipes:
            parse_recipe(text)
        if shared := set(self.seeds) & set(self.choosing_seeds):
            raise ValueError(f"expected seeds other than those that choose, got {min(shared)}; take others")

    @property
    def open_recipes(self) -> tuple[str, ...]:
        """The recipes whose probability of pAdaIN is not said."""
        return tuple(text for text in self.recipes if _PADAIN in text.split("+"))

    def recipe(self, text: str, padain_p: float | None) -> Recipe:
        """Read a recipe, with the probability that was chosen where it leaves it open."""
        return parse_recipe(BASELINE if text == REFERENCE else text, padain_p=padain_p)

    def setting(self, text: str, seed: int, padain_p: float | None = None) -> TrainingSetting:
        """How one network is trained."""
        return replace(self.training, recipe=self.recipe(text, padain_p), seed=seed)

    @property
    def rivals(self) -> dict[str, tuple[str, ...]]:
        """What each recipe is set against: the baseline, and for X+padain also X.

        Example:
            >>> Comparison(recipes=("baseline", "augmix", "augmix+padain")).rivals["augmix+padain"]
            ('baseline', 'augmix')
        """
        found: dict[str, tuple[str, ...]] = {}
        for text in self.recipes:
            words = text.split("+")
            without = "+".join(word for word in words if word.partition(":")[0] != _PADAIN)
            wanted = (BASELINE, without) if len(words) > 1 and without != text else (BASELINE,)
            found[text] = tuple(dict.fromkeys(one for one in wanted if one in self.recipes and one != text))
        return found

    def describe(self) -> dict[str, object]:
        """The part of ``run.json`` that says what is compared."""
        described = asdict(self)
        described["bed"] = {"kind": type(self.bed).__name__, **asdict(self.bed)}
        del described["training"]["recipe"], described["training"]["seed"]
        return described

    def fingerprint(self) -> str:
        """SHA-256 over all of it."""
        return hashlib.sha256(json.dumps([_VERSION, self.describe()], sort_keys=True).encode()).hexdigest()


def _check_distinct(name: str, chosen: Sequence[object]) -> None:
    if not chosen or len(set(chosen)) < len(chosen):
        raise ValueError(f"expected at least one of `{name}`, none of them twice, got {list(chosen)}")
