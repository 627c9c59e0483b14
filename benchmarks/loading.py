"""From a sample to the pixels every model of a plan wants, or the reason why there are none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from benchmarks.conditions import Condition
from benchmarks.datasets import Sample, Samples
from benchmarks.preparation import Preparation

__all__ = ["DataGoneError", "Loaded", "load_sample"]

_LARGEST_ASPECT = 100  # beyond it, resizing the shorter side to 256 pixels would need gigabytes


class DataGoneError(ValueError):
    """Images are gone that were there when the data was indexed."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"expected {path} as when the data was indexed, got no such file; bring the data back, then run the same "
            "command again, which continues"
        )


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
    """Decode one image and prepare it, so that its full-size pixels are freed at once.

    Raises:
        DataGoneError: the image was there when the data was indexed. Were it a record, no later call would repair it.
    """
    decoded = samples.decode(sample, condition)
    if decoded.status == "missing" and _was_there(samples, sample):
        raise DataGoneError(sample.path)
    if decoded.image is None:
        return Loaded(status=decoded.status, note=decoded.note, pixels={})
    if max(decoded.image.size) > _LARGEST_ASPECT * min(decoded.image.size):
        note = ",".join(filter(None, (decoded.note, "aspect_ratio")))
        return Loaded(status="too_large", note=note, pixels={})
    pixels = {prepare: prepare(decoded.image) for prepare in preparations}
    return Loaded(status=decoded.status, note=decoded.note, pixels=pixels)


def _was_there(samples: Samples, sample: Sample) -> bool:
    """Whether an image had a size when the data was indexed; some stored condition may well lack an image."""
    entries = samples.entries
    return not samples.conditions and entries.sizes[list(entries.ids).index(sample.image_id)] >= 0
