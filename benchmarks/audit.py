"""The main job, stage by stage: estimate, sweep, tables, pictures, page."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.allocator import return_freed_pages
from benchmarks.audit_sections import Explainers, Job, Stage, announce_sections, choose_sections, finish_sections
from benchmarks.audit_sections.which_images import show_images
from benchmarks.classifier import Classifier
from benchmarks.conditioning import apply_condition
from benchmarks.console import Silence
from benchmarks.datasets import open_samples
from benchmarks.engines import choose_device, first_images, running_engines
from benchmarks.findings.pictures import findings_gallery
from benchmarks.inference import Engine
from benchmarks.pictures import write_galleries
from benchmarks.plan import Plan
from benchmarks.report import write_report
from benchmarks.request import Request, plan_audit
from benchmarks.runs import held, is_complete, open_run
from benchmarks.sweep import run_sweep
from benchmarks.zoo import wrap_classifier
from reports.gallery import write_gallery
from reports.records import write_run

__all__ = ["Estimate", "audit_classifier", "estimate", "finish_run"]

_TIMING_IMAGES = 32
_BATCH = 64
_TIMING_CORRUPTED = 8
_ROW_BYTES = 65  # of a record in compressed parquet, as measured on the embedded default


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a sweep will take.

    Attributes:
        seconds: of work.
        size: in bytes on disk.
        pass_seconds: of one image through one model.
    """

    seconds: float
    size: int
    pass_seconds: float = 0.0


def estimate(plan: Plan, engines: Sequence[Engine], *, remaining: int) -> Estimate:
    """Time a few images through every corruption and every model.

    Args:
        plan: the work.
        engines: running engines of its models.
        remaining: images that have no records yet.
    """
    per_image, passes = 0.0, []
    for positions in plan.groups.values():
        images = first_images(plan, positions[0], _TIMING_IMAGES).to(engines[0].device)
        if len(images):
            few = images[:_TIMING_CORRUPTED]
            _corrupt_all(plan, images[:1])  # compiles and fills tables, once and for all images
            per_image += _timed(_corrupt_all, plan, few) / len(few)
            passes += [_timed(engines[position].logits, images) / len(images) for position in positions]
    per_image += sum(passes) * len(plan.conditions)
    mean = sum(passes) / max(len(passes), 1)
    return Estimate(seconds=per_image * remaining, size=plan.rows * _ROW_BYTES, pass_seconds=mean)


def _timed(work: Callable[..., object], *arguments: object) -> float:
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def _corrupt_all(plan: Plan, images: Tensor) -> None:
    seeds = torch.arange(len(images), device=images.device)
    for condition in plan.conditions:
        apply_condition(plan, condition, images, seeds=seeds)


def finish_run(plan: Plan, run: Path, metadata: dict[str, Any]) -> Path:
    """Turn a run's records into pictures, tables, figures and the page, which comes last.

    Returns:
        The path of the page.
    """
    return_freed_pages()  # what inference used would otherwise add to what the tables need
    write_galleries(plan, run)
    show_images(plan, run)
    return_freed_pages()
    write_run(run, metadata | {"status": "complete"})  # the page says whether it shows a whole run
    return write_report([run], run, illustrate=lambda tables: write_gallery(run, findings_gallery(plan, tables)))


def audit_classifier(  # noqa: PLR0913 - a whole audit in one call
    classifier: Classifier,
    data: str | Path,
    out: Path,
    *,
    name: str = "classifier",
    preset: str = "standard",
    seed: int = 0,
    precision: str = "auto",
    device: str | None = None,
    sections: Sequence[str] | None = None,
    explainers: Explainers | None = None,
) -> Path:
    """Audit any classifier from Python, as the command does; the same call continues a run that was stopped.

    Args:
        classifier: pixels to logits, with an ``input_size`` or a ``preparation``.
        data: anything that :func:`benchmarks.datasets.open_samples` opens.
        out: the run folder.
        name: how records and the page call the classifier.
        preset: ``quick``, ``standard`` or ``full``.
        seed: of the image subset and every corruption.
        precision: ``auto`` or ``exact``.
        device: the first accelerator, or the CPU, if None.
        sections: names of :data:`benchmarks.audit_sections.SECTIONS`; those of the preset if None, and
            ``("corruptions",)`` for nothing beyond clean and corrupted answers.
        explainers: networks that explain others; none are trained if None.

    Returns:
        The path of the page.
    """
    request = Request(data=str(data), preset=preset, seed=seed, precision=precision)
    names = choose_sections(sections or (), preset)
    resolved = plan_audit(request, [wrap_classifier(classifier, name=name)], open_samples(data))
    where = choose_device(device)
    command = f"audit_classifier(..., preset={preset!r}, seed={seed})"
    metadata = open_run(resolved, out, device=where, command=command)
    stage = Stage(resolved=resolved, run=out, device=where, batch_size=_BATCH, command=command, console=Silence())
    job = Job(stage=stage, request=request, explainers=explainers or Explainers())
    with held(out):
        if not is_complete(resolved.plan, out, metadata):
            announce_sections(out, names)
            with running_engines(resolved.plan, device=where, batch_size=_BATCH) as engines:
                run_sweep(resolved.plan, out, engines)
            finish_run(resolved.plan, out, metadata)
        finish_sections(job, names, base_seconds=metadata["seconds"])
    return out / "report.html"
