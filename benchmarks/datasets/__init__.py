"""Read labelled images from any layout: one sample per image, a status for each that cannot be read."""

from benchmarks.datasets.decoding import Decoded, decode_image
from benchmarks.datasets.digits import digits, digits_halves
from benchmarks.datasets.opening import open_samples
from benchmarks.datasets.samples import Entries, Sample, Samples
from benchmarks.datasets.subsets import stratified_subset

__all__ = [
    "Decoded",
    "Entries",
    "Sample",
    "Samples",
    "decode_image",
    "digits",
    "digits_halves",
    "open_samples",
    "stratified_subset",
]
