"""Which images calibrate and which judge, and which conditions count as mild.

Images are split, not rows: all versions of an image lie on one side, since they resemble each other. Neither half
may hold images that the classifier was trained on; nothing here can see that.
"""

from collections.abc import Sequence

from benchmarks.conditions import Condition
from benchmarks.datasets.subsets import draw_key

__all__ = ["CALIBRATION", "EVALUATION", "mild_severity", "split_halves"]

CALIBRATION, EVALUATION = "calibration", "evaluation"
_MILD = 2


def split_halves(image_ids: Sequence[str], *, seed: int) -> dict[str, str]:
    """Put half of the images into calibration, the rest into evaluation.

    Args:
        image_ids: ids of the images; their order does not matter.
        seed: another seed splits otherwise.

    Returns:
        {image id: :data:`CALIBRATION` or :data:`EVALUATION`}; of an odd number evaluation gets one more.

    Example:
        >>> sorted(split_halves(["a", "b", "c"], seed=0).values())
        ['calibration', 'evaluation', 'evaluation']
    """
    drawn = sorted(set(image_ids), key=lambda one: (draw_key(seed, "half", one), one))
    half = len(drawn) // 2
    return {one: CALIBRATION if place < half else EVALUATION for place, one in enumerate(drawn)}


def mild_severity(conditions: Sequence[Condition]) -> int:
    """The highest severity that counts as mild: 2, or the lowest that there is where all are higher.

    Example:
        >>> mild_severity([Condition(kind="corruption", name="fog", severity=level) for level in (1, 3)])
        2
        >>> mild_severity([Condition(kind="corruption", name="fog", severity=level) for level in (4, 5)])
        4
    """
    return max(_MILD, min((one.severity for one in conditions if one.severity), default=0))
