"""The section of attributes: what a trained StylEx says of its classifier."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.audit_sections.section import Cost, Job, Section
from benchmarks.audit_sections.stage import Stage
from benchmarks.datasets import open_samples
from benchmarks.request import Request
from benchmarks.stylex import (
    RESULT,
    Explained,
    ExplainSetting,
    StylexTask,
    explain_system,
    open_task,
    restrict,
    write_explained_stylex,
)
from xai.stylex import StylEx, load_stylex, stylex_notes

__all__ = ["STYLEX", "explain_stylex", "stylex_file"]


def stylex_file(load: Path) -> Path:
    """The weights that a folder of ``stylex train`` holds, or the file itself."""
    return load / RESULT if load.is_dir() else load


def explain_stylex(
    stage: Stage, request: Request, file: Path, *, label: str | None, images: int, attributes: int, to_rgb: bool = True
) -> tuple[Explained, StylexTask]:
    """Find what speaks for a class, and write tables, frames and galleries.

    Args:
        stage: models and data; the first model counts.
        request: that was resolved; the seed is that of the training, which decides what was held out.
        file: of a trained StylEx.
        label: name of the class that is explained; the last one if None.
        images: of the training that are searched.
        attributes: at most so many.
        to_rgb: whether layers that only colour the image are searched too.

    Raises:
        ValueError: the StylEx is of another classifier, or has no such class.
    """
    console, seed = stage.console, int(stylex_notes(file)["recipe"]["seed"])
    request = replace(request, seed=seed)
    system, task = _open(stage, request, file)
    names = task.data.class_names
    if label is not None and label not in names:
        raise ValueError(f"expected --label among {', '.join(names)}, got {label!r}")
    setting = ExplainSetting(
        label=len(names) - 1 if label is None else names.index(label),
        searched=images,
        attributes=attributes,
        to_rgb=to_rgb,
        seed=seed,
    )
    stage.open("stylex")
    console.say("attributes, on images of the training, and what they do to held-out ones ...")
    explained = explain_system(system, task.data, setting=setting)
    console.say("tables, frames and pictures ...")
    write_explained_stylex(explained, task.model, stage.run)
    return explained, task


def _open(stage: Stage, request: Request, file: Path) -> tuple[StylEx, StylexTask]:
    """The StylEx of the first model, and the images that it was trained on."""
    notes, say = stylex_notes(file), stage.console.say
    model = restrict(stage.resolved.plan.models[0], notes["class_names"])
    system = load_stylex(file, model.classifier, weights_hash=model.weights_sha256, device=stage.device)
    task = open_task(stage.resolved, request, class_names=notes["class_names"], side=system.side)
    say(f"classifier  {model.name}: {' or '.join(task.data.class_names)}")
    say(f"StylEx      {len(task.data.images):,} images to search, {len(task.data.held_out):,} held out")
    if task.data.fingerprint != notes["data"]["fingerprint"]:
        say("other data  these are not the images it was trained on, so some held-out ones may be among those")
    return system, task


_IMAGES = {"quick": 32, "standard": 64, "full": 128}
_ATTRIBUTES = 8


def _asked(job: Job) -> Any:
    if job.explainers.stylex is None:
        return None
    return _IMAGES[job.stage.resolved.preset], stylex_notes(stylex_file(job.explainers.stylex))["fingerprint"]


def _work(job: Job) -> None:
    stage, file = job.stage.narrowed(None), stylex_file(job.explainers.stylex or Path())
    if job.request.data is not None:  # the whole data, whichever part of it is audited: held-out images depend on all
        plan = replace(stage.resolved.plan, samples=open_samples(job.request.data))
        stage = replace(stage, resolved=replace(stage.resolved, plan=plan))
    images = _IMAGES[stage.resolved.preset]
    explain_stylex(stage, job.request, file, label=None, images=images, attributes=_ATTRIBUTES)


def _reason_against(job: Job) -> str:
    return "" if job.explainers.stylex is not None else "no trained StylEx was given with --stylex FOLDER"


STYLEX = Section(
    title="Attributes: what would change its mind?",
    asked=_asked,
    work=_work,
    cost=lambda job: Cost(passes=0, seconds=2.0 * _IMAGES[job.stage.resolved.preset]),
    reason_against=_reason_against,
)
