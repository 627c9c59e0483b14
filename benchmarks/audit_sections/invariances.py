"""The section of invariances: what layers keep of images and what they discard, by networks trained for it."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from benchmarks.audit_sections.section import Cost, Job, Section
from benchmarks.audit_sections.stage import Stage
from benchmarks.engines import running_engines
from benchmarks.invariances import Options, judge, left_to_train, open_tasks, sample_layers, write_invariances

__all__ = ["INVARIANCES", "sample_invariances"]


def sample_invariances(stage: Stage, options: Options) -> Sequence[pd.DataFrame]:
    """Train what samples, judge every layer, and write tables and galleries; a table for each model.

    Args:
        stage: models and data, planned with precision ``exact``.
        options: layers, sizes and recipes.
    """
    plan, run, console, how = stage.resolved.plan, stage.run, stage.console, stage.how
    tasks = open_tasks(plan, options, **how)
    stage.open("invariances")
    tables = []
    with running_engines(plan, **how) as engines:
        for task, engine in zip(tasks, engines, strict=True):
            console.say(f"images      {len(task.ids):,} of {len(plan.samples.entries):,}, for {task.name}")
            with console.progress("training steps", total=left_to_train(task, run, engine)) as bar:
                sampled = sample_layers(task, run, engine, on_steps=bar.advance)
            console.say(f"layers      {', '.join(sampled.layers.names)}; measuring and drawing ...")
            tables.append(judge(sampled, run, several=len(tasks) > 1))
    write_invariances(tables, run)
    return tables


_IMAGES = {"quick": 200, "standard": 1_000, "full": 2_000}
_STEPS = {"quick": (200, 50), "standard": (500, 100), "full": (None, None)}  # of autoencoder and flows; None: theirs


def _options(job: Job) -> Options:
    options, seed = Options(), job.stage.resolved.plan.seed
    drawing, flow = _STEPS[job.stage.resolved.preset]
    return replace(
        options,
        autoencoder=replace(options.autoencoder, steps=drawing or options.autoencoder.steps, seed=seed),
        flow=options.flow.lasting(flow or options.flow.steps, seed=seed),
    )


def _work(job: Job) -> None:
    sample_invariances(job.stage.narrowed(_IMAGES[job.stage.resolved.preset]), _options(job))


def _cost(job: Job) -> Cost:
    options = _options(job)
    return Cost(passes=0, seconds=job.models * (0.05 * options.autoencoder.steps + 3 * 0.2 * options.flow.steps))


def _reason_against(job: Job) -> str:
    return "" if job.explainers.train else "its networks are trained only with --train-explainers"


INVARIANCES = Section(
    title="Invariances: what does a layer keep, and what does it discard?",
    asked=lambda job: (_IMAGES[job.stage.resolved.preset], _options(job)),
    work=_work,
    cost=_cost,
    reason_against=_reason_against,
)
