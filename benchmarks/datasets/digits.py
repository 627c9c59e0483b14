"""The embedded default: 1,797 real handwritten digits that ship inside scikit-learn.

The digits are 8x8 images with values 0..16. They are shown as 32x32 RGB: ``round(value * 255 / 16)``, enlarged four
times with Pillow's bilinear filter, the same in all three channels.

Reference:
    Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning Repository, 1998,
    https://doi.org/10.24432/C50P49 (its test part).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.conditions import Condition
from benchmarks.datasets.decoding import Decoded
from benchmarks.datasets.samples import Entries, Sample, Samples
from benchmarks.datasets.subsets import draw_key

__all__ = ["SIZE", "digits", "digits_halves"]

SIZE = 32
_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    pixels: NDArray[np.uint8]  # (N, 8, 8)

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        small = Image.fromarray(self.pixels[sample.index])
        large = small.resize((SIZE, SIZE), Image.Resampling.BILINEAR)
        return Decoded(image=large.convert("RGB"), status="ok")


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
