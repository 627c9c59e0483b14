"""The section of concepts: what a layer knows, in named factors, and which of them decisions hang on."""

from collections.abc import Mapping

import pandas as pd

from benchmarks.audit_sections.section import Cost, Job, Section
from benchmarks.audit_sections.stage import Stage
from benchmarks.concepts import Settings, find_concepts, left_to_see, open_work, write_concepts
from reports.gallery import write_gallery
from xai.iin import FlowRecipe

__all__ = ["CONCEPTS", "name_concepts"]


def name_concepts(stage: Stage, settings: Settings) -> Mapping[str, pd.DataFrame]:
    """Find the factors of every layer, and write tables and galleries; the tables by name.

    Args:
        stage: models and data, planned with precision ``exact``.
        settings: layers, attributes, edits, and whether a flow is trained.
    """
    run, console, how = stage.run, stage.console, stage.how
    works = open_work(stage.resolved.plan, settings, **how)
    stage.open("concepts")
    for work in works:
        console.say(f"layer       {work.layer} of {work.name}, {len(work.pictures.ids):,} images")
        console.say(f"factors     {', '.join(work.named)}")
    with console.progress("images and edited copies", total=left_to_see(works, run)) as bar:
        tables = find_concepts(
            works,
            run,
            on_images=bar.advance,
            on_gallery=lambda gallery: write_gallery(run, gallery),
            say=console.say,
            **how,
        )
    write_concepts(tables, run)
    return tables


_IMAGES = {"quick": 200, "standard": 2_000, "full": 10_000}
_EDITS = ("hue", "lightness", "tilt", "gaussian_blur")


def _settings(job: Job) -> Settings:
    seed = job.stage.resolved.plan.seed
    return Settings(edits=_EDITS, recipe=FlowRecipe(seed=seed) if job.explainers.train else None)


def _work(job: Job) -> None:
    name_concepts(job.stage.narrowed(_IMAGES[job.stage.resolved.preset]), _settings(job))


def _cost(job: Job) -> Cost:
    images = min(_IMAGES[job.stage.resolved.preset], job.images)
    return Cost(passes=job.models * images * (1 + len(_EDITS)), seconds=15 + (60 if job.explainers.train else 0))


CONCEPTS = Section(
    title="Concepts: what does a layer know, and what hangs on it?",
    asked=lambda job: (_IMAGES[job.stage.resolved.preset], _settings(job)),
    work=_work,
    cost=_cost,
)
