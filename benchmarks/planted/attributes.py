"""The attributes of a planted image: what may differ between two images, drawn independently of each other.

A table has one row per image and one column per attribute, plus ``key``, the image's own 64 random bits. The draw is
counter-based: row i depends on the seed, the stream and i alone, so a longer table starts with the shorter one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from robustness.corruptions.draws import image_keys, uniforms

__all__ = [
    "ATTRIBUTES",
    "REGIONS",
    "SHAPES",
    "Attribute",
    "check_attributes",
    "draw_attributes",
    "key_uniforms",
    "transplant",
]

SHAPES = ("disc", "square", "triangle", "cross")
REGIONS = ("shape", "marker", "background")


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """What values an attribute takes and where in the image it shows.

    Attributes:
        kind: ``category`` (0 .. ``count`` - 1), ``binary`` (0 or 1), ``level`` (uniform in [-1, 1]) or ``angle``
            (a circle, uniform in [0, 1) turns).
        regions: members of :data:`REGIONS` that it belongs to. Changing it alone changes no pixel outside of them,
            before or after, save that the background shines through the soft edge of the shape.
        count: number of values; 0 if continuous.
        spread: mean distance of two random values: |a - b|, on the circle in turns, or the share of unequal pairs.
    """

    kind: str
    regions: tuple[str, ...]
    count: int
    spread: float


def _level(*regions: str) -> Attribute:
    return Attribute(kind="level", regions=regions, count=0, spread=2 / 3)


def _binary(*regions: str) -> Attribute:
    return Attribute(kind="binary", regions=regions, count=2, spread=1 / 2)


ATTRIBUTES: dict[str, Attribute] = {
    "shape": Attribute(kind="category", regions=("shape",), count=len(SHAPES), spread=1 - 1 / len(SHAPES)),
    "size": _level("shape"),
    "hue": Attribute(kind="angle", regions=("shape",), count=0, spread=1 / 4),
    "x": _level("shape"),
    "y": _level("shape"),
    "background": _level("background"),
    "stripes": _binary("background"),
    "marker": _binary("marker"),
    "contrast": _level(*REGIONS),
    "coin": _binary(),  # shows nowhere: the control that no explanation may find
}
"""Every attribute, in the order of their draws."""

_STREAM = 1  # of an image's key; stream 0 is its pixel noise


def draw_attributes(count: int, *, seed: int, stream: str = "train", first: int = 0) -> pd.DataFrame:
    """Draw independent attributes.

    Args:
        count: rows, at least 0.
        seed: another seed gives other images.
        stream: streams of one seed, such as ``train`` and ``test``, share no image.
        first: number of the first image.

    Returns:
        A frame indexed by image number with a column for each of :data:`ATTRIBUTES` and ``key``.

    Raises:
        ValueError: ``count`` or ``first`` is negative.

    Example:
        >>> table = draw_attributes(100, seed=0)
        >>> table.tail(2).equals(draw_attributes(2, seed=0, first=98))
        True
    """
    if min(count, first) < 0:
        raise ValueError(f"expected `count` and `first` of at least 0, got {count} and {first}")
    keys = image_keys(torch.arange(first, first + count), f"planted/{seed}/{stream}")
    numbers = uniforms(keys, len(ATTRIBUTES), stream=_STREAM).double().numpy()
    columns = {name: _value(attribute, numbers[:, place]) for place, (name, attribute) in enumerate(ATTRIBUTES.items())}
    return pd.DataFrame({**columns, "key": keys.numpy()}, index=pd.RangeIndex(first, first + count, name="image"))


def _value(attribute: Attribute, uniform: np.ndarray) -> np.ndarray:
    if attribute.count:
        return (uniform * attribute.count).astype(np.int64)
    return uniform if attribute.kind == "angle" else 2 * uniform - 1


def key_uniforms(attributes: pd.DataFrame, count: int, *, stream: int) -> np.ndarray:
    """Further uniform draws that belong to the images of a table: (N, ``count``) in [0, 1), by their keys."""
    keys = torch.tensor(attributes["key"].to_numpy(np.int64))
    return uniforms(keys, count, stream=stream).double().numpy()


def transplant(recipients: pd.DataFrame, donors: pd.DataFrame, names: str | Sequence[str]) -> pd.DataFrame:
    """Give each image some attributes of another; everything else, its noise too, stays its own.

    Rendered, this is the edit that an explanation method should have made: the oracle it is judged by.

    Args:
        recipients: N rows.
        donors: N rows, paired with the recipients by position.
        names: the attributes to take over.

    Returns:
        The recipients with the donors' values.

    Raises:
        ValueError: other lengths, or a name that is no attribute.

    Example:
        >>> table = draw_attributes(3, seed=0)
        >>> swapped = transplant(table, table.iloc[::-1], "hue")
        >>> bool(swapped.hue.iloc[0] == table.hue.iloc[2]), swapped["size"].equals(table["size"])
        (True, True)
    """
    names = [names] if isinstance(names, str) else list(names)
    unknown = sorted(set(names) - set(ATTRIBUTES))
    if unknown:
        raise ValueError(f"expected attributes among {', '.join(ATTRIBUTES)}, got {', '.join(unknown)}")
    if len(recipients) != len(donors):
        raise ValueError(f"expected a donor for each of {len(recipients)} recipients, got {len(donors)}")
    return recipients.assign(**{name: donors[name].to_numpy() for name in names})


def check_attributes(attributes: pd.DataFrame) -> None:
    """Refuse a table that cannot be rendered.

    Raises:
        ValueError: a column is missing, a value is not finite, or a category does not exist.
    """
    missing = [name for name in (*ATTRIBUTES, "key") if name not in attributes]
    if missing:
        raise ValueError(f"expected a column for every attribute and `key`, got none for {', '.join(missing)}")
    for name, attribute in ATTRIBUTES.items():
        values = attributes[name].to_numpy(np.float64)
        if not np.isfinite(values).all():
            raise ValueError(f"expected finite values of `{name}`, got {int((~np.isfinite(values)).sum())} others")
        if attribute.count and not np.isin(values, np.arange(attribute.count)).all():
            raise ValueError(f"expected `{name}` in 0..{attribute.count - 1}, got {sorted(set(values.tolist()))[:8]}")
