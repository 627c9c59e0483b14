"""The main job, stage by stage: engines, estimate, sweep, tables, pictures, page."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from benchmarks.allocator import return_freed_pages
from benchmarks.classifier import Classifier
from benchmarks.conditioning import apply_condition
from benchmarks.datasets import open_samples
from benchmarks.inference import Engine
from benchmarks.loading import load_sample
from benchmarks.pictures import write_galleries
from benchmarks.plan import Plan
from benchmarks.report import write_report
from benchmarks.request import Request, plan_audit
from benchmarks.runs import is_complete, open_run
from benchmarks.sweep import run_sweep
from benchmarks.zoo import wrap_classifier
from reports.records import write_run

__all__ = ["Estimate", "audit_classifier", "choose_device", "estimate", "finish_run", "running_engines"]

_CALIBRATION_IMAGES = 64
_TIMING_IMAGES = 32
_BATCH = 64
_TIMING_CORRUPTED = 8
_ROW_BYTES = 65  # of a record in compressed parquet, as measured on the embedded default


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What a sweep will take: ``seconds`` of work and ``size`` in bytes on disk."""

    seconds: float
    size: int


def choose_device(name: str | None) -> torch.device:
    """The named device, or the first accelerator, or the CPU.

    Raises:
        ValueError: there is no such device.
    """
    if name is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"expected --device as one that is here, such as cpu, got {name!r}: {reason}") from error
    return device


@contextlib.contextmanager
def running_engines(plan: Plan, *, device: torch.device, batch_size: int) -> Iterator[list[Engine]]:
    """One engine for each model of the plan, running and calibrated on the plan's first images.

    The images are fixed by the plan, so that a resumed run decides the same close calls again.
    """
    with contextlib.ExitStack() as stack:
        engines = []
        for position, model in enumerate(plan.models):
            engine = Engine(classifier=model.classifier, device=device, precision=plan.precision, batch_size=batch_size)
            stack.enter_context(engine.running())
            engine.calibrate(_first_images(plan, position, _CALIBRATION_IMAGES))
            engines.append(engine)
        yield engines


def _first_images(plan: Plan, position: int, count: int) -> Tensor:
    """Up to ``count`` readable images from the start of the data, as model ``position`` sees them."""
    preparation = next(p for p, models in plan.groups.items() if position in models)
    source = plan.sources[0][0]
    found: list[Tensor] = []
    for sample in plan.samples.entries[: 2 * count]:
        loaded = load_sample(plan.samples, sample, source, [preparation])
        found += loaded.pixels.values()
        if len(found) == count:
            break
    return torch.stack(found) if found else torch.empty(0, 3, *preparation.size, dtype=torch.uint8)


def estimate(plan: Plan, engines: Sequence[Engine], *, remaining: int) -> Estimate:
    """Time a few images through every corruption and every model.

    Args:
        plan: the work.
        engines: running engines of its models.
        remaining: images that have no records yet.
    """
    per_image = 0.0
    for positions in plan.groups.values():
        images = _first_images(plan, positions[0], _TIMING_IMAGES).to(engines[0].device)
        if len(images):
            few = images[:_TIMING_CORRUPTED]
            _corrupt_all(plan, images[:1])  # compiles and fills tables, once and for all images
            per_image += _timed(_corrupt_all, plan, few) / len(few)
            for position in positions:
                per_image += _timed(engines[position].logits, images) / len(images) * len(plan.conditions)
    return Estimate(seconds=per_image * remaining, size=plan.rows * _ROW_BYTES)


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
    return_freed_pages()
    write_run(run, metadata | {"status": "complete"})  # the page says whether it shows a whole run
    return write_report([run], run)


def audit_classifier(
    classifier: Classifier,
    data: str | Path,
    out: Path,
    *,
    name: str = "classifier",
    preset: str = "standard",
    seed: int = 0,
    precision: str = "auto",
    device: str | None = None,
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

    Returns:
        The path of the page.
    """
    request = Request(preset=preset, seed=seed, precision=precision)
    resolved = plan_audit(request, [wrap_classifier(classifier, name=name)], open_samples(data))
    where = choose_device(device)
    metadata = open_run(resolved, out, device=where, command=f"audit_classifier(..., preset={preset!r}, seed={seed})")
    if is_complete(out, metadata):
        return out / "report.html"
    with running_engines(resolved.plan, device=where, batch_size=_BATCH) as engines:
        run_sweep(resolved.plan, out, engines)
    return finish_run(resolved.plan, out, metadata)
