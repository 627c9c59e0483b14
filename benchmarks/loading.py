"""From a sample to the pixels every model of a plan wants, or the reason why there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from benchmarks.conditions import Condition
from benchmarks.datasets import Sample, Samples
from benchmarks.preparation import Preparation

__all__ = ["Loaded", "load_sample"]

_LARGEST_ASPECT = 100  # beyond it, resizing the shorter side to 256 pixels would need gigabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One image as every preparation wants it.

    Attributes:
        status: ``ok``, or why there are no pixels.
        note: what decoding met.
        pixels: (3, H, W) uint8 by preparation; empty if not ok.
    """

    status: str
    note: str
    pixels: Mapping[Preparation, Tensor]


def load_sample(samples: Samples, sample: Sample, condition: Condition, preparations: Sequence[Preparation]) -> Loaded:
    """Decode one image and prepare it, so that its full-size pixels are freed at once."""
    decoded = samples.decode(sample, condition)
    if decoded.image is None:
        return Loaded(status=decoded.status, note=decoded.note, pixels={})
    if max(decoded.image.size) > _LARGEST_ASPECT * min(decoded.image.size):
        note = ",".join(filter(None, (decoded.note, "aspect_ratio")))
        return Loaded(status="too_large", note=note, pixels={})
    pixels = {prepare: prepare(decoded.image) for prepare in preparations}
    return Loaded(status=decoded.status, note=decoded.note, pixels=pixels)
