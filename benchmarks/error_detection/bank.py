"""Which transformed copies of an image the scores compare."""

from benchmarks.preparation import Preparation
from robustness.consistency.transforms import Transform, default_transforms, transform_bank

__all__ = ["candidates_for", "copies_for"]


def copies_for(preparation: Preparation) -> tuple[Transform, ...]:
    """The default transforms for the images of a model.

    Args:
        preparation: that decides how large the images are.

    Raises:
        ValueError: they are smaller than 8 pixels.

    Example:
        >>> len(copies_for(Preparation(size=(224, 224), crop_fraction=0.875)))
        10
    """
    return default_transforms(min(preparation.size))


def candidates_for(preparation: Preparation) -> tuple[Transform, ...]:
    """All transforms that a choice under a budget is made from; arguments and errors as :func:`copies_for`."""
    return transform_bank(min(preparation.size))
