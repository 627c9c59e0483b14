"""An audit as a person at a terminal sees it: what will be done, how far it is, what was found."""

import contextlib
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

from benchmarks.audit import estimate, finish_run
from benchmarks.audit_sections import (
    BASE,
    FAILED,
    Explainers,
    Job,
    Outcome,
    Stage,
    announce_sections,
    are_finished,
    estimate_sections,
    finish_sections,
    pending_sections,
)
from benchmarks.console import Console, describe_bytes, describe_seconds
from benchmarks.embedded import EmbeddedTraining, weights_path
from benchmarks.engines import choose_device, running_engines
from benchmarks.export import Export, open_export, write_export
from benchmarks.followers import Share, announce_run, follow, gathered
from benchmarks.inference import Engine
from benchmarks.plan import Plan
from benchmarks.ranks import Ranks
from benchmarks.request import Request, Resolved, resolve
from benchmarks.runs import default_folder, held, is_complete, open_run
from benchmarks.stored_form import QUALITY
from benchmarks.sweep import finished_blocks, run_sweep
from reports.tables import each_row, read_tables

__all__ = ["Execution", "announced", "carry_out"]


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How a request is carried out; nothing here changes a record.

    Attributes:
        out: the run folder; one named after models and data if None.
        batch_size: images a forward pass.
        device: the first accelerator, or the CPU, if None.
        max_bad: stop after more unreadable images than this.
        export: where the corrupted images are written too.
        sections: what an audit does beyond corruptions, of :func:`benchmarks.audit_sections.choose_sections`.
        explainers: networks that explain others.
        devices: a process for each of them; none for this process alone, or those that torchrun started.
    """

    out: Path | None = None
    batch_size: int = 64
    device: str | None = None
    max_bad: int | None = None
    export: Export | None = None
    sections: tuple[str, ...] = ()
    explainers: Explainers = field(default_factory=Explainers)
    devices: tuple[str, ...] = ()


def carry_out(request: Request, execution: Execution, console: Console) -> None:
    """Run a request from start to page, or continue where it was stopped.

    Args:
        request: what is asked for.
        execution: how.
        console: what is said goes there; the last line is the path of the page.

    Raises:
        ValueError: the request cannot be fulfilled as it is.
        FileNotFoundError: a path does not exist.
    """
    share = Share(
        request=request,
        out=execution.out,
        device=execution.device,
        batch_size=execution.batch_size,
        max_bad=execution.max_bad,
    )
    with gathered(share, execution.devices) as ranks:
        if ranks.leads:
            _lead(request, execution, console, ranks)
        else:
            follow(share, ranks)


def _lead(request: Request, execution: Execution, console: Console, ranks: Ranks) -> None:
    """What the first rank does: all that is said, the run folder, its part of the sweep, and everything after it."""
    first = execution.devices[0] if execution.devices else execution.device
    where = ranks.device(choose_device(first))
    resolved = announced(request, console)
    plan = resolved.plan
    run = execution.out or default_folder(plan)
    command = shlex.join(["classifier-audit", *sys.argv[1:]])
    metadata = open_run(resolved, run, device=where, command=command)
    stage = Stage(
        resolved=resolved, run=run, device=where, batch_size=execution.batch_size, command=command, console=console
    )
    job = Job(stage=stage, request=request, explainers=execution.explainers)
    if execution.export is not None:
        open_export(plan, execution.export)
        console.say(f"export      corrupted images to {execution.export.folder} as {execution.export.layout}")
    swept, pending = is_complete(plan, run, metadata), pending_sections(job, execution.sections)
    finished = are_finished(job, execution.sections)
    with held(run) if not (swept and finished) else contextlib.nullcontext():
        announce_run(ranks, plan, run, work=not swept)
        if swept and finished:
            console.say(f"complete already, nothing left to do: {run}")
        if not swept:
            announce_sections(run, execution.sections)
            _work(stage, metadata, execution, ranks, partial(estimate_sections, job, pending))
        if not finished:
            _say_sections(finish_sections(job, execution.sections, base_seconds=metadata["seconds"]), console)
    if execution.export is not None:
        with held(run):
            _export(plan, run, execution.export, where, console)
    console.say(str((run / "report.html").resolve()))


def announced(request: Request, console: Console) -> Resolved:
    """Resolve a request; if the embedded default's network must be trained for it, say so and show how far it is."""
    training = EmbeddedTraining()
    if not request.embedded or weights_path(training).exists():
        return resolve(request)
    console.say(f"training the embedded default's network once; kept in {weights_path(training).parent}")
    with console.progress("training steps", total=training.steps) as bar:
        return resolve(request, on_training_step=bar.advance)


def _work(
    stage: Stage, metadata: dict[str, Any], execution: Execution, ranks: Ranks, more: Callable[..., float]
) -> None:
    """Sweep, then turn the records into everything else; ``more`` estimates what comes after it."""
    plan, run, console, started = stage.resolved.plan, stage.run, stage.console, time.monotonic()
    done = finished_blocks(plan, run)
    left = sum(len(plan.block(block)) for block in plan.blocks if block not in done)
    with running_engines(plan, **stage.how) as engines:
        metadata |= {"inference": str(engines[0]), "processes": ranks.world}
        _announce(stage, metadata, engines, left=left, sections=execution.sections, more=more)
        with console.progress("images", total=left) as bar:
            run_sweep(plan, run, engines, max_bad=execution.max_bad, ranks=ranks, on_unit=bar.advance)
        metadata["decided_in_float32"] = sum(engine.decided_again for engine in engines)
    console.say("tables, figures and page ...")
    metadata["seconds"] = round(time.monotonic() - started, 1)
    finish_run(plan, run, metadata)
    _say_headline(console, run)


def _announce(
    stage: Stage,
    metadata: dict[str, Any],
    engines: Sequence[Engine],
    *,
    left: int,
    sections: Sequence[str],
    more: Callable[..., float],
) -> None:
    """Say what will be done, before it is done."""
    resolved, console = stage.resolved, stage.console
    plan = resolved.plan
    total = len(plan.samples.entries)
    severities = sorted({condition.severity for condition in plan.conditions if condition.severity})
    corruptions = dict.fromkeys(condition.name for condition in plan.conditions if condition.severity)
    others = f", {metadata['processes']} processes" if metadata["processes"] > 1 else ""
    console.say(f"device      {metadata['device']}, {metadata['inference']}{others}")
    for model in metadata["models"]:
        console.say(f"model       {model['name']}: {model['source']}, sha256 {model['weights_sha256'][:12]}")
        console.say(f"transform   {model['transform']}")
    console.say(f"images      {total:,} of {plan.samples.name} in {len(plan.samples.class_names):,} classes")
    absent = [name for name in plan.samples.class_names if name not in plan.samples.entries.present]
    if absent:
        shown = ", ".join(absent[:5]) + (" ..." if len(absent) > 5 else "")
        console.say(f"empty       {len(absent):,} classes without images: {shown}")
    if plan.samples.ignored:
        console.say(f"ignored     {len(plan.samples.ignored):,} files that are no images")
    console.say(f"labels      {resolved.label_match}")
    console.say(f"conditions  {len(plan.conditions)}: {', '.join(corruptions)} at severities {severities}")
    for name, reason in resolved.missing.items():
        console.say(f"missing     {name}: {reason}")
    if plan.jpeg_roundtrip:
        console.say(f"stored as   JPEG of quality {QUALITY} and read again after corruption, as published files were")
    console.say(f"profile     {plan.profile}, seed {plan.seed}")
    resumed = f", {total - left:,} images done before" if left < total else ""
    console.say(f"work        {len(plan.blocks)} units, {plan.rows:,} records{resumed}")
    share = -(-left // metadata["processes"])
    work = estimate(plan, engines, remaining=share)  # the first ever compiles kernels, which takes some seconds
    said = f"{describe_seconds(work.seconds)}, {describe_bytes(work.size)} on disk"
    if sections:
        console.say(f"sections    {', '.join([BASE, *sections])}")
        said += f"; the other sections about {describe_seconds(more(seconds_a_pass=work.pass_seconds))}"
    console.say(f"estimated   {said}")


def _say_sections(outcomes: Sequence[Outcome], console: Console) -> None:
    """Say which sections are missing from the page, and what would bring them."""
    failed = [outcome.section for outcome in outcomes if outcome.status == FAILED]
    if failed:
        console.say(f"the page is without {', '.join(failed)}; the same command tries again")


def _say_headline(console: Console, run: Path) -> None:
    tables = read_tables(run)
    for row in each_row(tables["headline"]):
        interval, what = f"[{row.low:.4g}, {row.high:.4g}]", row.convention.split(";")[0]
        console.say(f"{row.model}  {row.metric:<24}{row.value:>10.4g}  {interval:<24}n = {row.n:<8.0f}{what}")
    skipped = len(tables["skipped"]) if "skipped" in tables else 0
    if skipped:
        console.say(f"{skipped:,} images without a prediction; see {run / 'tables' / 'skipped.csv'}")


def _export(plan: Plan, run: Path, export: Export, where: torch.device, console: Console) -> None:
    conditions = sum(condition.kind == "corruption" for condition in plan.conditions)
    total = len(plan.samples.entries)
    with console.progress("exported images", total=total * conditions) as bar:
        count = write_export(plan, run, export, device=where, on_images=bar.advance)
    left_out = f"; {total - count:,} left out that could not be read" if count < total else ""
    console.say(f"exported    {count:,} images under {conditions} conditions to {export.folder}{left_out}")
