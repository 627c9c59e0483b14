"""The section of explanations: maps of what the classifier looks at, each with its checks."""

from collections.abc import Mapping, Sequence

import pandas as pd

from benchmarks.audit_sections.section import Cost, Job, Section
from benchmarks.audit_sections.stage import Stage
from benchmarks.explanations import (
    Explained,
    choose_methods,
    explain_tasks,
    open_tasks,
    remaining_maps,
    write_explained,
)
from xai.attribution import Method

__all__ = ["EXPLAIN", "explain_decisions"]


def explain_decisions(
    stage: Stage, *, images: int, methods: Mapping[str, Method]
) -> tuple[Sequence[Explained], pd.DataFrame]:
    """Make and check the maps of every method, and write tables and galleries.

    Args:
        stage: models and data, planned with precision ``exact``.
        images: explained, a quarter of them the most confidently wrong.
        methods: by name.

    Returns:
        The maps of every model, and the checks of every method with intervals.
    """
    run, console, how = stage.run, stage.console, stage.how
    tasks = open_tasks(stage.resolved, run, count=images, command=stage.command, **how)
    for task in tasks:
        wrong = int(task.chosen["confidently_wrong"].sum())
        console.say(f"images      {len(task.chosen):,} of {task.name}, {wrong:,} of them the most confidently wrong")
    console.say(f"methods     {', '.join(methods)}, and random maps")
    with console.progress("maps with their checks", total=remaining_maps(tasks, run, methods)) as bar:
        every = explain_tasks(tasks, run, methods, on_maps=bar.advance, **how)
    console.say("tables and pictures ...")
    return every, write_explained(every, run)


_IMAGES = {"quick": 8, "standard": 24, "full": 64}
_PASSES = 2_500  # an image through all methods and checks, as counted on a small convolutional network


def _work(job: Job) -> None:
    images = _IMAGES[job.stage.resolved.preset]
    explain_decisions(job.stage.narrowed(None), images=images, methods=choose_methods(()))


def _cost(job: Job) -> Cost:
    images = min(_IMAGES[job.stage.resolved.preset], job.images)
    return Cost(passes=job.models * images * _PASSES, seconds=10)


EXPLAIN = Section(
    title="Explanations: why does it decide so?",
    asked=lambda job: _IMAGES[job.stage.resolved.preset],
    work=_work,
    cost=_cost,
)
