"""The embedded default: 1,797 real handwritten digits that ship inside scikit-learn.

The digits are 8x8 images with values 0..16. They are shown as 32x32 RGB: ``round(value * 255 / 16)``, enlarged four
times with Pillow's bilinear filter, the same in all three channels. Coloured digits have a hue of their own each, drawn
from their id, on black: a known property that has nothing to do with the class. Tied digits have hues that tell it.

Reference:
    Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
    https://doi.org/10.24432/C50P49 (its test part).
"""

import colorsys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.conditions import Condition
from benchmarks.datasets.decoding import Decoded
from benchmarks.datasets.samples import Entries, Sample, Samples
from benchmarks.datasets.subsets import draw_key

__all__ = ["SIZE", "coloured_digits", "coloured_halves", "digits", "digits_halves", "tied_halves"]

SIZE = 32
_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    pixels: NDArray[np.uint8]  # (N, 8, 8)

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        small = Image.fromarray(self.pixels[sample.index])
        large = small.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        return Decoded(image=large.convert("RGB"), status="ok")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Painter:
    """Digits of another reader, each in its hue, 0 to 1."""

    read: Callable[[Sample, Condition], Decoded]
    hue: Callable[[Sample], float]

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:
        grey = self.read(sample, condition)
        if grey.image is None:
            return grey
        colour = np.array(colorsys.hsv_to_rgb(self.hue(sample), 1.0, 1.0))
        painted = np.rint(np.asarray(grey.image) * colour).astype(np.uint8)
        return replace(grey, image=Image.fromarray(painted))


def _own_hue(sample: Sample) -> float:
    return int.from_bytes(draw_key(0, "hue", sample.image_id)) / 2**64


def _hue_of_class(sample: Sample) -> float:
    return (int(sample.class_name) + _own_hue(sample)) / 10


def digits() -> Samples:
    """All 1,797 digits in scikit-learn's order.

    Returns:
        Samples of the classes ``0`` to ``9``, 32x32 RGB.

    Example:
        >>> data = digits()
        >>> len(data.entries), data.decode(data.entries[0]).image.size
        (1797, (32, 32))
    """
    from sklearn.datasets import load_digits

    bunch = load_digits()
    labels = [int(label) for label in bunch.target]
    return Samples(
        name="digits",
        location="scikit-learn",
        entries=Entries(
            ids=[f"{row:04d}" for row in range(len(labels))],
            labels=labels,
            sizes=[_BYTES] * len(labels),
            rows=range(len(labels)),
            class_names=tuple("0123456789"),
            prefix="scikit-learn/digits#",
        ),
        read=_Reader(pixels=np.rint(bunch.images * (255 / 16)).astype(np.uint8)),
    )


def digits_halves(seed: int) -> tuple[Samples, Samples]:
    """Split the digits into two halves with equal shares of every class.

    Args:
        seed: another seed gives another split.

    Returns:
        899 digits to train on and 898 to audit; each class differs by at most one.

    Example:
        >>> train, audit = digits_halves(0)
        >>> len(train.entries), len(audit.entries)
        (899, 898)
    """
    everything = digits()
    entries = everything.entries
    drawn = sorted(
        range(len(entries)),
        key=lambda one: (entries.labels[one], draw_key(seed, "digits_halves", entries.ids[one])),
    )
    return everything.select(sorted(drawn[::2])), everything.select(sorted(drawn[1::2]))


def coloured_digits() -> Samples:
    """:func:`digits`, each in a hue of its own at full saturation."""
    return _coloured(digits())


def coloured_halves(seed: int) -> tuple[Samples, Samples]:
    """:func:`digits_halves` of :func:`coloured_digits`."""
    train, audit = (_coloured(half) for half in digits_halves(seed))
    return train, audit


def tied_halves(seed: int) -> tuple[Samples, Samples]:
    """:func:`digits_halves` where hue tells the class: tenth after tenth of the circle, from red for 0 onwards."""
    train, audit = (_painted(half, "tied-digits", _hue_of_class, bytes_each=2 * _BYTES) for half in digits_halves(seed))
    return train, audit


def _coloured(grey: Samples) -> Samples:
    return _painted(grey, "coloured-digits", _own_hue, bytes_each=3 * _BYTES)


def _painted(grey: Samples, name: str, hue: Callable[[Sample], float], *, bytes_each: int) -> Samples:
    entries = replace(grey.entries, sizes=[bytes_each] * len(grey.entries))  # another fingerprint than the grey ones
    return replace(grey, name=name, entries=entries, read=_Painter(read=grey.read, hue=hue))
