"""Planted images as samples, so that they can be audited like a folder; each is rendered when it is read."""

import hashlib
from dataclasses import dataclass

import pandas as pd
from PIL import Image

from benchmarks.conditions import Condition
from benchmarks.datasets import Decoded, Entries, Sample, Samples
from benchmarks.planted.design import Design, draw_table
from benchmarks.planted.rendering import Scene, render

__all__ = ["planted_samples"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    attributes: pd.DataFrame
    scene: Scene

    def __call__(self, sample: Sample, condition: Condition) -> Decoded:  # noqa: ARG002 - clean is all there is
        row = self.attributes.iloc[sample.index : sample.index + 1]
        pixels = render(row, self.scene)[0].permute(1, 2, 0).contiguous().numpy()
        return Decoded(image=Image.fromarray(pixels), status="ok")


def planted_samples(design: Design, count: int, *, split: str = "test", variant: str = "present") -> Samples:
    """The first images of a split as samples.

    Args:
        design: the data set.
        count: number of images.
        split: as for :func:`~benchmarks.planted.design.draw_images`.
        variant: likewise.

    Returns:
        Samples whose ids name design, split, variant and image, so that no two data sets share one.

    Example:
        >>> data = planted_samples(Design(), 10)
        >>> data.decode(data.entries[3]).image.size
        (32, 32)
    """
    attributes = draw_table(design, count, split=split, variant=variant)
    code = hashlib.sha256(repr(design).encode()).hexdigest()[:8]
    name = f"planted-{design.rule}-{code}/{split}-{variant}"
    return Samples(
        name=name,
        location="rendered on the fly",
        entries=Entries(
            ids=[f"{code}/{split}-{variant}/{row:06d}" for row in range(count)],
            labels=design.labelling.label(attributes).tolist(),
            sizes=[3 * design.scene.side**2] * count,
            rows=range(count),
            class_names=design.class_names,
            prefix=f"planted-{design.rule}/",
        ),
        read=_Reader(attributes=attributes, scene=design.scene),
    )
