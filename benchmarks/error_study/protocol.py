"""What the study of error detection measures, fixed before it is run.

Many small classifiers of digits, each trained from a seed of its own on few images, judged on images that none of its
training saw: clean and mildly corrupted. The detector and its transforms are those of error detection, unchanged; they
and the protocol were developed on seeds 901 to 905, and the default seeds were not looked at before.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from benchmarks.conditions import CLEAN, Condition
from robustness.corruptions import CORRUPTIONS

__all__ = ["KINDS", "Protocol", "SmallClassifier", "parse_kinds"]

_VERSION = "1"  # of what is kept; another one makes finished classifiers be studied again

# Architecture and training images: few, so that the classifier errs often enough. The first six are meant to lie
# within 85-97 % accuracy, the last two below and above.
KINDS = (
    ("convnet", 100), ("test_resnet", 100), ("test_efficientnet", 90), ("test_convnext3", 100), ("test_vit", 300),
    ("test_mambaout", 110), ("convnet", 30), ("convnet", 500),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class SmallClassifier:
    """How one classifier is trained.

    Attributes:
        architecture: ``convnet``, the one of :mod:`benchmarks.planted.fitting`, or a timm name.
        images: digits to train on.
        steps: of the optimiser.
        seed: of the choice of digits, the initial weights and the batches.
    """

    architecture: str
    images: int
    steps: int
    seed: int

    @property
    def name(self) -> str:
        """For people and tables.

        Example:
            >>> SmallClassifier(architecture="convnet", images=100, steps=200, seed=1).name
            'convnet, 100 images, seed 1'
        """
        return f"{self.architecture}, {self.images} images, seed {self.seed}"


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """Everything that decides the study.

    Attributes:
        kinds: architecture and training images; each is trained once from every seed.
        seeds: of the classifiers. No two classifiers share one: the place of the kind is added.
        first: how many of them are studied, in order; all if None.
        steps: of training.
        images: test images of each classifier; half of them calibrate.
        corruptions: applied to all of them, beside the clean image. Frost is left out, as its textures do not ship.
        severity: of the corruptions.
        profile: severity constants; those for 32 pixels.
        least_accuracy: on clean test images, from which on a classifier counts.
        highest_accuracy: up to which it does.
        least_errors: of the evaluation half, clean and corrupted, for a classifier to count.
    """

    kinds: tuple[tuple[str, int], ...] = KINDS
    seeds: tuple[int, ...] = (100, 200)
    first: int | None = None
    steps: int = 200
    images: int = 500
    corruptions: tuple[str, ...] = tuple(name for name in list(CORRUPTIONS)[:15] if name != "frost")
    severity: int = 1
    profile: str = "cifar"
    least_accuracy: float = 0.85
    highest_accuracy: float = 0.97
    least_errors: int = 200

    def __post_init__(self) -> None:
        if not self.kinds or not self.seeds:
            raise ValueError(f"expected at least one of --classifiers and of --seeds, got {self.kinds}, {self.seeds}")
        if self.images < 4:
            raise ValueError(f"expected --images of at least 4, got {self.images}")

    @property
    def classifiers(self) -> list[SmallClassifier]:
        """Those that are studied, kind after kind for every seed.

        Example:
            >>> [one.seed for one in Protocol(kinds=(("convnet", 50), ("test_vit", 50)), seeds=(7, 20)).classifiers]
            [7, 8, 20, 21]
        """
        everything = [
            SmallClassifier(architecture=architecture, images=images, steps=self.steps, seed=seed + place)
            for seed in self.seeds
            for place, (architecture, images) in enumerate(self.kinds)
        ]
        return everything[: self.first]

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Clean, then every corruption."""
        return (
            CLEAN,
            *(Condition(kind="corruption", name=name, severity=self.severity) for name in self.corruptions),
        )

    def fingerprint(self, classifier: SmallClassifier, *more: object) -> str:
        """What decides the figures of one classifier; the others, and what counts, do not."""
        own = [self.images, self.corruptions, self.severity, self.profile]
        text = json.dumps([_VERSION, asdict(classifier), own, *map(repr, more)], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def parse_kinds(words: Sequence[str]) -> tuple[tuple[str, int], ...]:
    """Read ``--classifiers``: architecture and training images, such as ``convnet/100``.

    Raises:
        ValueError: a word is not of this form.

    Example:
        >>> parse_kinds(["convnet/100", "test_vit/500"])
        (('convnet', 100), ('test_vit', 500))
    """
    return tuple(_kind(word) for word in words)


def _kind(word: str) -> tuple[str, int]:
    architecture, _, images = word.rpartition("/")
    if not architecture or not images.isdigit() or not int(images):
        raise ValueError(f"expected --classifiers as architecture/images such as convnet/100, got {word!r}")
    return architecture, int(images)
