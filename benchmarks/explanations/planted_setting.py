"""What a planted run trains: rules with or without a shortcut, and from which seeds."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from benchmarks.planted import Design, Fitting, Scene

__all__ = ["PlantedSetting", "parse_rules"]

_VERSION = "1"  # of what is kept; another one makes finished classifiers be computed again
_SHORTCUT = "+marker"


@dataclass(frozen=True, kw_only=True)
class PlantedSetting:
    """One planted classifier, and the images that its explanations are judged on.

    Attributes:
        rule: a key of :data:`benchmarks.planted.RULES`.
        correlation: share of training images whose marker agrees with the label; None plants no shortcut.
        seed: of the images, the initial weights and the batches.
        steps: of training.
        images: test images whose maps are judged, their marker independent of the label.
        side: of the images, in pixels.
        architecture: ``convnet``, or a timm name.
    """

    rule: str = "size"
    correlation: float | None = None
    seed: int = 0
    steps: int = 400
    images: int = 256
    side: int = 32
    architecture: str = "convnet"

    def __post_init__(self) -> None:
        if self.images < 2:
            raise ValueError(f"expected --images of at least 2, got {self.images}")
        _ = self.design  # which refuses what cannot be planted

    @property
    def design(self) -> Design:
        """The data set."""
        return Design(rule=self.rule, correlation=self.correlation, scene=Scene(side=self.side), seed=self.seed)

    @property
    def fitting(self) -> Fitting:
        """The training."""
        return Fitting(steps=self.steps, seed=self.seed)

    @property
    def name(self) -> str:
        """For people and tables: what causes the label, what was planted, and the seed.

        Example:
            >>> PlantedSetting(rule="size", correlation=1.0).name
            'size, marker 100 %, seed 0'
        """
        shortcut = "no shortcut" if self.correlation is None else f"marker {self.correlation:.0%}".replace("%", " %")
        return f"{self.rule.replace('_', ' ')}, {shortcut}, seed {self.seed}"

    def fingerprint(self, *more: str) -> str:
        """What decides the classifier, and ``more`` that decides what is made of it."""
        text = json.dumps([_VERSION, asdict(self), *more], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def parse_rules(text: str, seeds: Sequence[int], setting: PlantedSetting | None = None) -> list[PlantedSetting]:
    """Read ``--rules``: names of rules, with ``+marker`` for a full shortcut and ``+marker90`` for one of 90 %.

    Args:
        text: comma-separated.
        seeds: each rule is trained once from each of them.
        setting: everything else.

    Raises:
        ValueError: no rule, no seed, or one that cannot be read.

    Example:
        >>> [one.correlation for one in parse_rules("size+marker,size+marker90,size", [0])]
        [1.0, 0.9, None]
    """
    names = list(dict.fromkeys(filter(None, text.split(","))))
    if not names or not seeds:
        raise ValueError(f"expected at least one of --rules and of --seeds, got {text!r} and {list(seeds)}")
    kept = setting or PlantedSetting()
    rules = [(name.partition("+")[0], _correlation(name)) for name in names]
    return [replace(kept, rule=rule, correlation=share, seed=seed) for seed in seeds for rule, share in rules]


def _correlation(name: str) -> float | None:
    rule, plus, _ = name.partition("+")
    if not plus:
        return None
    percent = name.removeprefix(rule + _SHORTCUT) or "100"
    if not percent.isdigit():
        raise ValueError(f"expected --rules such as size, size+marker or size+marker90, got {name!r}")
    return int(percent) / 100
