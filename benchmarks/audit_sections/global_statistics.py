"""The section of global statistics: which answers hang on the mean and spread of channels."""

import pandas as pd

from benchmarks.audit_sections.section import Cost, Job, Section
from benchmarks.audit_sections.stage import Stage
from benchmarks.global_statistics import exchange_tasks, left_to_answer, open_tasks, write_reliance

__all__ = ["GLOBAL_STATISTICS", "exchange_statistics"]


def exchange_statistics(stage: Stage, *, depths: str, draws: int) -> pd.DataFrame:
    """Exchange statistics between images at every depth, and write the table, which is returned.

    Args:
        stage: models and data, planned with precision ``exact``.
        depths: ``stages`` or ``sites``.
        draws: partners of each kind for every image.
    """
    plan, run, console, how = stage.resolved.plan, stage.run, stage.console, stage.how
    tasks = open_tasks(plan, depths=depths, draws=draws, **how)
    stage.open("global-statistics")
    for task in tasks:
        console.say(f"images      {len(task.ids):,} of {len(plan.samples.entries):,}, for {task.name}")
        inside = ", ".join(depth.name for depth in task.depths[1:])
        console.say(f"depths      pixels, {inside or 'and none inside: no convolution gives maps to exchange'}")
    with console.progress("answers", total=left_to_answer(tasks, run)) as bar:
        table = exchange_tasks(tasks, run, on_images=bar.advance, **how)
    write_reliance(table, run)
    return table


_IMAGES = {"quick": 100, "standard": 500, "full": 2_000}
_DRAWS = 3
_DEPTHS = 6  # of most networks: pixels and stages


def _work(job: Job) -> None:
    exchange_statistics(job.stage.narrowed(_IMAGES[job.stage.resolved.preset]), depths="stages", draws=_DRAWS)


def _cost(job: Job) -> Cost:
    images = min(_IMAGES[job.stage.resolved.preset], job.images)
    return Cost(passes=job.models * images * (1 + 2 * _DRAWS * _DEPTHS), seconds=3)


GLOBAL_STATISTICS = Section(
    title="Global statistics: how much hangs on colour and contrast?",
    asked=lambda job: (_IMAGES[job.stage.resolved.preset], _DRAWS),
    work=_work,
    cost=_cost,
)
