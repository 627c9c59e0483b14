"""What a StylEx is trained for: a classifier, asked about some of its classes, and images of these."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.datasets import digits
from benchmarks.request import Request, Resolved
from benchmarks.stylex.data import StylexData, samples_data
from benchmarks.stylex.restricting import restrict
from benchmarks.zoo import ZooModel
from xai.stylex import SIDES

__all__ = ["StylexTask", "choose_classes", "choose_side", "open_task"]

_DIGITS = ("0", "8")
_MOST_CLASSES = 10
_MOST_SIDE = 256


@dataclass(frozen=True, kw_only=True)
class StylexTask:
    """A classifier and the images that it is explained on.

    Attributes:
        model: with the logits of the data's classes.
        data: images.
    """

    model: ZooModel
    data: StylexData


def open_task(
    resolved: Resolved,
    request: Request,
    *,
    class_names: Sequence[str] = (),
    side: int | None = None,
    images: int | None = None,
) -> StylexTask:
    """Take the first model of a request, and its images of some classes.

    Args:
        resolved: the request's model and data.
        request: the embedded default takes all digits, as half of two classes would be few.
        class_names: two or more of the model's; by default all, if they are ten or fewer.
        side: of the images; by default the model's own, rounded to a side that a StylEx can have.
        images: at most so many.

    Raises:
        ValueError: classes that the model does not have, or too many to choose all; or no images of them.
    """
    whole = resolved.plan.models[0]
    chosen = choose_classes(whole, class_names or (_DIGITS if request.embedded else ()))
    known = whole.classifier.class_names
    data = samples_data(
        digits() if request.embedded else resolved.plan.samples,
        whole.preparation,
        names={name: known[index] for name, index in resolved.plan.label_indices[0].items()},
        class_names=chosen,
        side=side or choose_side(whole.preparation.size),
        images=images,
        seed=request.seed,
    )
    return StylexTask(model=restrict(whole, chosen), data=data)


def choose_classes(model: ZooModel, class_names: Sequence[str]) -> tuple[str, ...]:
    """The classes to ask about, all of them where none are named and they are few."""
    known = model.classifier.class_names
    if not class_names and len(known) > _MOST_CLASSES:
        raise ValueError(
            f"expected two or more classes with --classes, as {model.name} has {len(known):,}, got none; "
            f"for example --classes '{known[0]},{known[1]}'"
        )
    return tuple(class_names) or known


def choose_side(size: tuple[int, int]) -> int:
    """The largest side of a StylEx, up to 256, that is not larger than a classifier's images.

    Example:
        >>> choose_side((224, 224)), choose_side((32, 32)), choose_side((600, 600))
        (128, 32, 256)
    """
    return max([side for side in SIDES if side <= min(*size, _MOST_SIDE)], default=min(SIDES))
