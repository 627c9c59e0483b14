"""The design of a planted data set: its rule, what is tied to the label beside the causes, and its splits.

The same attributes underlie the variants of a split: image i of the test split with the shortcut reversed differs from
image i with the shortcut present by its marker alone, so that accuracies compare pair by pair.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor

from benchmarks.planted.attributes import ATTRIBUTES, draw_attributes, key_uniforms
from benchmarks.planted.rendering import Scene, render
from benchmarks.planted.rules import Rule, find_rule

__all__ = ["SPLITS", "STATISTICS", "VARIANTS", "Design", "PlantedImages", "draw_images", "draw_table"]

SPLITS = ("train", "validation", "test")
VARIANTS = ("present", "removed", "reversed")
STATISTICS = ("background", "hue", "contrast")
"""The global statistics that a design can tie to the label."""

_TIES = 2  # stream of an image's key


@dataclass(frozen=True, kw_only=True)
class Design:
    """A planted data set, up to the number of its images.

    Attributes:
        rule: a name of :data:`~benchmarks.planted.rules.RULES`.
        correlation: the planted shortcut: the share of images whose marker agrees with the label, that is, is there
            in the rule's last class alone. 0.5 leaves them independent, 1 ties them fully; for two classes the
            correlation coefficient is 2 c - 1. None plants no shortcut.
        statistics: the share of images whose background, hue and contrast lie in the range of their class, the
            classes splitting each attribute's range evenly. None ties nothing.
        scene: how attributes become pixels.
        seed: another seed gives other images.

    Raises:
        ValueError: an unknown rule, a share out of range, or a tie of an attribute that is a cause or does not show.

    Example:
        >>> Design(rule="size", correlation=1.0).class_names
        ('small', 'large')
    """

    rule: str = "shape"
    correlation: float | None = None
    statistics: float | None = None
    scene: Scene = field(default_factory=Scene)
    seed: int = 0

    def __post_init__(self) -> None:
        causes = find_rule(self.rule).causes
        if self.correlation is not None:
            _check_tie("correlation", self.correlation, lowest=0.5, tied=("marker",), causes=causes)
        if self.statistics is not None:
            lowest = 1 / len(self.class_names)
            _check_tie("statistics", self.statistics, lowest=lowest, tied=STATISTICS, causes=causes)
            if not self.scene.fading:
                raise ValueError("expected a scene with `fading` above 0, so that the tied contrast shows, got 0")

    @property
    def labelling(self) -> Rule:
        """The rule itself."""
        return find_rule(self.rule)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the K classes."""
        return self.labelling.class_names


def _check_tie(name: str, share: float, *, lowest: float, tied: tuple[str, ...], causes: tuple[str, ...]) -> None:
    if not lowest <= share <= 1:
        raise ValueError(f"expected `{name}` in {lowest:g}..1, where {lowest:g} is independence, got {share}")
    both = sorted(set(tied) & set(causes))
    if both:
        raise ValueError(f"expected `{name}` to tie what is no cause, got a rule that reads {', '.join(both)}")


@dataclass(frozen=True, kw_only=True)
class PlantedImages:
    """Some images of a design with all that is known about them.

    Attributes:
        images: (N, 3, side, side) uint8.
        labels: (N,) int64.
        attributes: N rows.
        design: what they were drawn from.
    """

    images: Tensor
    labels: Tensor
    attributes: pd.DataFrame
    design: Design


def draw_images(
    design: Design,
    count: int,
    *,
    split: str = "train",
    variant: str = "present",
    first: int = 0,
    device: torch.device | str = "cpu",
) -> PlantedImages:
    """Draw and render images of a design.

    Args:
        design: the data set.
        count: number of images; image i is the same for any number.
        split: one of :data:`SPLITS`; they share no image.
        variant: ``present`` as designed, ``removed`` (marker and statistics independent of the label) or
            ``reversed`` (they agree where they would disagree, and the other way round).
        first: number of the first image.
        device: where images and labels shall lie.

    Returns:
        The images with labels and attributes.

    Raises:
        ValueError: an unknown split or variant, or a negative number.

    Example:
        >>> data = draw_images(Design(rule="size", correlation=1.0), 100, split="test", variant="reversed")
        >>> bool((data.attributes.marker.to_numpy() != data.labels.numpy()).all())
        True
    """
    attributes = draw_table(design, count, split=split, variant=variant, first=first)
    return PlantedImages(
        images=render(attributes, design.scene, device=device),
        labels=torch.tensor(design.labelling.label(attributes), device=device),
        attributes=attributes,
        design=design,
    )


def draw_table(
    design: Design, count: int, *, split: str = "train", variant: str = "present", first: int = 0
) -> pd.DataFrame:
    """The attributes of :func:`draw_images` without the images."""
    for name, value, known in (("split", split, SPLITS), ("variant", variant, VARIANTS)):
        if value not in known:
            raise ValueError(f"expected `{name}` among {', '.join(known)}, got {value!r}")
    attributes = draw_attributes(count, seed=design.seed, stream=split, first=first)
    if variant == "removed":
        return attributes
    labels, classes = design.labelling.label(attributes), len(design.class_names)
    draws, straight = key_uniforms(attributes, 3, stream=_TIES), variant == "present"
    if design.correlation is not None:
        agrees = (draws[:, 0] < design.correlation) == straight
        marked = labels == classes - 1
        attributes = attributes.assign(marker=np.where(agrees, marked, ~marked).astype(np.int64))
    if design.statistics is not None:
        agrees = (draws[:, 1] < design.statistics) == straight
        other = (labels + 1 + (draws[:, 2] * (classes - 1)).astype(np.int64)) % classes
        looks = np.where(agrees, labels, other)
        attributes = attributes.assign(**{name: _within(attributes, name, looks, classes) for name in STATISTICS})
    return attributes


def _within(attributes: pd.DataFrame, name: str, looks: npt.NDArray[np.int64], classes: int) -> npt.NDArray[np.float64]:
    """Squeeze independent draws of an attribute into the parts of its range that belong to ``looks``."""
    values = np.asarray(attributes[name], dtype=np.float64)
    if ATTRIBUTES[name].kind == "angle":
        return (values + looks) / classes
    return 2 * ((values + 1) / 2 + looks) / classes - 1
