"""From prepared pixels to what the models see under a condition: the one place that corrupts for a plan."""

from torch import Tensor

from benchmarks.conditions import Condition
from benchmarks.plan import Plan
from benchmarks.stored_form import jpeg_roundtrip
from robustness.corruptions import corrupt

__all__ = ["apply_condition"]


def apply_condition(plan: Plan, condition: Condition, images: Tensor, *, seeds: Tensor) -> Tensor:
    """Corrupt images as the plan says; clean and stored images stay as they are.

    Args:
        plan: whose profile and JPEG round trip count.
        condition: one of its conditions.
        images: (N, 3, H, W) uint8, prepared for a model.
        seeds: (N,) int64 on the device of the images; see :func:`benchmarks.plan.image_seed`.

    Returns:
        (N, 3, H, W) uint8 on the same device.
    """
    if condition.kind != "corruption":
        return images
    corrupted = corrupt(images, condition.name, condition.severity, seeds=seeds, profile=plan.profile)
    return jpeg_roundtrip(corrupted) if plan.jpeg_roundtrip else corrupted
