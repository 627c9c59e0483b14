"""What an audit says of single images, brought up to date with all that its folder holds: frame, tables, pictures."""

from pathlib import Path

from benchmarks.audit_sections.image_pictures import write_image_galleries
from benchmarks.images import write_images
from benchmarks.plan import Plan

__all__ = ["show_images"]


def show_images(plan: Plan, run: Path) -> None:
    """Join what was found of every image, compare groups of them, and draw them.

    Args:
        plan: of the audit.
        run: its folder; without records nothing is written.
    """
    images = write_images(run)
    if images is not None:
        write_image_galleries(plan, run, images)
