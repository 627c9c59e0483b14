"""Single images: everything that a run found of each, joined by id, and what groups of them have in common."""

from benchmarks.images.flipping import FLIPS, flip_table
from benchmarks.images.groups import GROUPS, confidently_wrong
from benchmarks.images.joining import join_images
from benchmarks.images.results import write_images
from benchmarks.images.sharing import SHARED, image_quantities, shared_table

__all__ = [
    "FLIPS",
    "GROUPS",
    "SHARED",
    "confidently_wrong",
    "flip_table",
    "image_quantities",
    "join_images",
    "shared_table",
    "write_images",
]
