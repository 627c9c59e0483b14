"""The images behind the findings, as the model saw them: one strip for each of the first findings."""

import json
from collections.abc import Iterator, Mapping

import pandas as pd

from benchmarks.conditions import CLEAN
from benchmarks.datasets import Sample
from benchmarks.loading import load_sample
from benchmarks.plan import Plan
from reports.gallery import Gallery, Picture, Strip
from reports.tables import each_row

__all__ = ["findings_gallery"]

_STRIPS = 8


def findings_gallery(plan: Plan, tables: Mapping[str, pd.DataFrame]) -> Gallery:
    """Draw the example images of the first findings that have some.

    Args:
        plan: where models and images are.
        tables: with ``findings``.

    Returns:
        The gallery ``findings``; a strip's title is its finding's statement, by which the page knows it again.
    """
    findings = tables.get("findings")
    rows = findings[findings["images"] != "[]"].head(_STRIPS) if findings is not None else pd.DataFrame()
    strips = [Strip(title=row.statement, pictures=tuple(_pictures(plan, row))) for row in each_row(rows)]
    return Gallery(
        name="findings",
        title="Images behind the findings",
        explanation="Clean images that a finding speaks of, the plainest first.",
        strips=tuple(strip for strip in strips if strip.pictures),
    )


def _pictures(plan: Plan, row: object) -> Iterator[Picture]:
    by_id = {sample.image_id: sample for sample in plan.samples.entries}
    model = next((place for place, one in enumerate(plan.models) if one.name == getattr(row, "model", "")), None)
    for name in json.loads(str(getattr(row, "images", "[]"))):
        if model is not None and name in by_id:
            yield from _picture(plan, model, by_id[name])


def _picture(plan: Plan, model: int, sample: Sample) -> Iterator[Picture]:
    preparation = next(one for one, models in plan.groups.items() if model in models)
    loaded = load_sample(plan.samples, sample, CLEAN, [preparation])
    if loaded.status == "ok":
        pixels = loaded.pixels[preparation].permute(1, 2, 0).numpy()
        yield Picture(image=pixels, title=sample.image_id, facts=(("labelled", sample.class_name),))
