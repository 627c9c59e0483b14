"""Labelling rules: which attributes are the causes of the class, and nothing else is.

Rules read a table of attributes, a drawn one or one that an oracle has read from edited images, so that "does the
edit change what the rule says?" has an answer for any image.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.planted.attributes import SHAPES

__all__ = [
    "RULES",
    "Rule",
    "coin",
    "find_rule",
    "marker",
    "marker_and_size",
    "marker_xor_size",
    "shape",
    "size",
    "stripes",
    "stripes_and_background",
]

Labels = np.ndarray


@dataclass(frozen=True, kw_only=True)
class Rule:
    """How attributes make a class.

    Attributes:
        label: (N rows) -> (N,) int64 positions in ``class_names``.
        causes: the attributes that it reads.
        class_names: K names; every class is equally likely under independent attributes.
    """

    label: Callable[[pd.DataFrame], Labels]
    causes: tuple[str, ...]
    class_names: tuple[str, ...]


def shape(attributes: pd.DataFrame) -> Labels:
    """The shape: one cause, a class for each shape."""
    return attributes["shape"].to_numpy(np.int64)


def size(attributes: pd.DataFrame) -> Labels:
    """Small or large: one continuous cause."""
    return (attributes["size"].to_numpy() > 0).astype(np.int64)


def stripes(attributes: pd.DataFrame) -> Labels:
    """Plain or striped: one binary cause that is everywhere in the background."""
    return attributes["stripes"].to_numpy(np.int64)


def marker(attributes: pd.DataFrame) -> Labels:
    """Without or with the marker: one binary cause in a known corner."""
    return attributes["marker"].to_numpy(np.int64)


def marker_and_size(attributes: pd.DataFrame) -> Labels:
    """Two local causes: the marker outweighs the size unless that is beyond 2/3."""
    return _weighed(attributes["marker"], attributes["size"])


def marker_xor_size(attributes: pd.DataFrame) -> Labels:
    """Either the marker or a large shape, not both: neither tells anything of the class alone."""
    large, marked = attributes["size"].to_numpy() > 0, attributes["marker"].to_numpy() == 1
    labels: Labels = np.logical_xor(large, marked).astype(np.int64)
    return labels


def stripes_and_background(attributes: pd.DataFrame) -> Labels:
    """Two causes that are everywhere in the background: texture and brightness, weighed like marker and size."""
    return _weighed(attributes["stripes"], attributes["background"])


def coin(attributes: pd.DataFrame) -> Labels:
    """A fair coin that shows nowhere in the image: shuffled labels."""
    return attributes["coin"].to_numpy(np.int64)


def _weighed(binary: pd.Series, level: pd.Series) -> Labels:
    return (2 * binary.to_numpy() - 1 + 1.5 * level.to_numpy() > 0).astype(np.int64)


RULES: dict[str, Rule] = {
    "shape": Rule(label=shape, causes=("shape",), class_names=SHAPES),
    "size": Rule(label=size, causes=("size",), class_names=("small", "large")),
    "stripes": Rule(label=stripes, causes=("stripes",), class_names=("plain", "striped")),
    "marker": Rule(label=marker, causes=("marker",), class_names=("unmarked", "marked")),
    "marker_and_size": Rule(label=marker_and_size, causes=("marker", "size"), class_names=("low", "high")),
    "marker_xor_size": Rule(label=marker_xor_size, causes=("marker", "size"), class_names=("both or none", "one")),
    "stripes_and_background": Rule(
        label=stripes_and_background, causes=("stripes", "background"), class_names=("low", "high")
    ),
    "coin": Rule(label=coin, causes=("coin",), class_names=("heads", "tails")),
}
"""Every rule by the name of its function."""


def find_rule(name: str) -> Rule:
    """The rule of a name.

    Raises:
        ValueError: there is none.
    """
    if name not in RULES:
        raise ValueError(f"expected a rule among {', '.join(RULES)}, got {name!r}")
    return RULES[name]
