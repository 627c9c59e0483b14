"""What a planted StylEx is trained on: a rule with or without a shortcut, and from which seed."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from benchmarks.planted import ORACLE_FITTING, Design, Fitting, Scene
from benchmarks.stylex.setting import StylexSetting
from xai.stylex import Architecture, TrainingRecipe

__all__ = ["PlantedStylex", "parse_systems"]

_VERSION = "4"  # of what is measured; another one makes finished systems be judged again, but not trained
_JUDGING = ("judged", "oracle_steps")  # fields that decide what is measured, and nothing before it


@dataclass(frozen=True, kw_only=True)
class PlantedStylex:
    """One classifier with known causes, and the StylEx that shall show them.

    Attributes:
        rule: a key of :data:`benchmarks.planted.RULES` with two classes.
        correlation: share of training images whose marker agrees with the label; None plants no shortcut.
        jitter: how far shapes move, as a share of the side; 0 leaves them in the middle.
        seed: of images, classifier and StylEx.
        recipe: of the StylEx; its seed is the other one.
        images: to train classifier, StylEx and oracle on.
        held_out: images that these are measured on.
        width: times the channels of the small networks.
        judged: test images that attributes are judged on.
        classifier_steps: of the classifier's training.
        oracle_steps: of the oracle's; at 700 it reads every level with an R^2 of .99 where shapes do not move.
    """

    rule: str = "marker_and_size"
    correlation: float | None = None
    jitter: float = 0.0
    seed: int = 0
    recipe: TrainingRecipe = field(default_factory=lambda: TrainingRecipe(batch_size=16))
    images: int = 16384
    held_out: int = 1000
    width: int = 1
    judged: int = 400
    classifier_steps: int = 400
    oracle_steps: int = 700

    def __post_init__(self) -> None:
        if len(self.design.class_names) != 2:
            raise ValueError(f"expected a rule with two classes, got {self.rule} with {len(self.design.class_names)}")

    @property
    def design(self) -> Design:
        """The data set."""
        return Design(rule=self.rule, correlation=self.correlation, scene=Scene(jitter=self.jitter), seed=self.seed)

    @property
    def fitting(self) -> Fitting:
        """The training of the classifier."""
        return Fitting(images=self.images, steps=self.classifier_steps, seed=self.seed)

    @property
    def reading(self) -> tuple[Scene, Fitting]:
        """The oracle, which systems of one scene share."""
        return self.design.scene, replace(ORACLE_FITTING, images=self.images, steps=self.oracle_steps)

    @property
    def setting(self) -> StylexSetting:
        """The training of the StylEx."""
        architecture = Architecture.of_side(self.design.scene.side, width=self.width)
        return StylexSetting(architecture=architecture, recipe=replace(self.recipe, seed=self.seed))

    @property
    def name(self) -> str:
        """For people and tables.

        Example:
            >>> PlantedStylex(rule="size", correlation=1.0, seed=2).name
            'size, marker 100 %, seed 2'
        """
        shortcut = "" if self.correlation is None else f", marker {self.correlation:.0%}".replace("%", " %")
        moved = f", jitter {self.jitter:g}" if self.jitter else ""
        return f"{self.rule.replace('_', ' ')}{shortcut}{moved}, seed {self.seed}"

    def fingerprint(self) -> str:
        """What decides classifier, StylEx and all that is measured."""
        return _hash([_VERSION, asdict(self)])

    def training_fingerprint(self) -> str:
        """What decides classifier and StylEx, however they are judged."""
        return _hash({name: value for name, value in asdict(self).items() if name not in _JUDGING})


def _hash(decides: object) -> str:
    return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def parse_systems(text: str, seeds: Sequence[int], like: PlantedStylex | None = None) -> list[PlantedStylex]:
    """Read ``--rules``: names of rules, with ``+marker`` for a full shortcut and ``+jitter`` for shapes that move.

    Args:
        text: comma-separated.
        seeds: each rule is trained once from each of them.
        like: everything else.

    Raises:
        ValueError: no rule, no seed, or one that cannot be read.

    Example:
        >>> [(one.rule, one.correlation, one.jitter) for one in parse_systems("size+marker,stripes+jitter", [0])]
        [('size', 1.0, 0.0), ('stripes', None, 0.0625)]
    """
    names = list(dict.fromkeys(filter(None, text.split(","))))
    if not names or not seeds:
        raise ValueError(f"expected at least one of --rules and of --seeds, got {text!r} and {list(seeds)}")
    like = like or PlantedStylex()
    return [_read(name, replace(like, seed=seed)) for seed in seeds for name in names]


def _read(name: str, like: PlantedStylex) -> PlantedStylex:
    rule, *marks = name.split("+")
    unknown = sorted(set(marks) - {"marker", "jitter"})
    if unknown:
        raise ValueError(f"expected --rules such as size, size+marker or size+jitter, got {name!r}")
    return replace(
        like,
        rule=rule,
        correlation=1.0 if "marker" in marks else None,
        jitter=Scene().jitter if "jitter" in marks else 0.0,
    )
