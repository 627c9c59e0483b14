"""A comparison from start to page, stage by stage; whatever is finished stays, and the same call continues."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import torch

from benchmarks.augmentation.beds import open_bed
from benchmarks.augmentation.choosing import choice_jobs, choice_table, chosen_p, do_choice, read_choice
from benchmarks.augmentation.comparison import Comparison
from benchmarks.augmentation.measuring import do_measuring, measurable, read_measured, tested_samples
from benchmarks.augmentation.results import Findings, write_results
from benchmarks.augmentation.sweeping import do_sweep, resolve_audit, sweep_jobs
from benchmarks.augmentation.trainings import TrainingJob, comparison_jobs, do_training
from benchmarks.processes import carry_out
from benchmarks.provenance import describe_device, installed_versions, now
from benchmarks.runs import OtherRunError, open_run
from reports.records import read_run, write_run

__all__ = ["Counter", "Execution", "Progress", "run_comparison"]


class Counter(Protocol):
    """Counts what is done."""

    def advance(self, count: int) -> None:
        """Count ``count`` more."""


Progress = Callable[[str, int], AbstractContextManager[Counter]]
"""From the title and the total of a stage to what shows it."""


@dataclass(frozen=True, kw_only=True)
class Execution:
    """How a comparison is carried out; nothing here changes a figure but the images a second.

    Attributes:
        run: the run folder, made if it is not there.
        device: where networks are trained and tested.
        processes: how many work at once, each with one thread.
        command: the command line, for the page.
        progress: shows how far each stage is.
        say: is told what was found on the way.
    """

    run: Path
    device: torch.device
    processes: int
    command: str
    progress: Progress
    say: Callable[[str], None]


def run_comparison(comparison: Comparison, execution: Execution) -> dict[str, pd.DataFrame]:
    """Train, audit and compare; or go on with what the folder holds.

    Returns:
        The tables, which also lie in the folder beside the page.

    Raises:
        OtherRunError: the folder holds something else.
        RuntimeError: a process failed.
    """
    metadata = _open(comparison, execution)
    choice = _choose(comparison, execution)
    p = None if choice is None else chosen_p(choice)
    trainings = comparison_jobs(comparison, execution.run, padain_p=p, device=str(execution.device))
    _train(trainings, execution)
    audit = execution.run / "audit"
    _sweep(trainings, audit, execution)
    _measure(trainings, execution)
    execution.say("tables, figures and page ...")
    found = Findings(comparison=comparison, trainings=trainings, choice=choice, padain_p=p, audit=audit)
    return write_results(found, execution.run, metadata)


def _open(comparison: Comparison, execution: Execution) -> dict[str, Any]:
    """Start a run or find the one that is there."""
    run, fingerprint = execution.run, comparison.fingerprint()
    if (run / "run.json").exists():
        metadata = read_run(run)
        if metadata.get("run_fingerprint") != fingerprint:
            raise OtherRunError(
                f"expected {run} to hold this very comparison, got another run; choose another folder with --out"
            )
        return metadata
    if run.exists() and any(run.iterdir()):
        raise OtherRunError(f"expected an empty or new folder for --out, got {run} with other files in it")
    bed = open_bed(comparison.bed)
    metadata = now() | {
        "format": 1,
        "title": f"{len(comparison.recipes)} training recipes on {bed.training.name}",
        "command": execution.command,
        "run_fingerprint": fingerprint,
        "models": [],
        "data": {"name": bed.training.name, "note": bed.note},
        "plan": comparison.describe(),
        "versions": installed_versions(),
        "device": describe_device(execution.device),
        "status": "running",
    }
    write_run(run, metadata)
    return metadata


def _choose(comparison: Comparison, execution: Execution) -> pd.DataFrame | None:
    """Let validation images choose the probability of pAdaIN, where a recipe leaves it open."""
    jobs = choice_jobs(comparison, execution.run, device=str(execution.device))
    pending = [job for job in jobs if read_choice(job) is None]
    with execution.progress("images, choosing p", sum(job.images for job in pending)) as bar:
        carry_out(do_choice, pending, processes=execution.processes, on_progress=bar.advance)
    errors = [one for job in jobs if (one := read_choice(job)) is not None]
    if not jobs:
        return None
    table = choice_table(jobs, errors)
    execution.say(f"pAdaIN      p = {chosen_p(table):g}, which has the lowest error on validation images")
    return table


def _train(trainings: Sequence[TrainingJob], execution: Execution) -> None:
    pending = [job for job in trainings if not job.done]
    with execution.progress("images, training", sum(job.images for job in pending)) as bar:
        carry_out(do_training, pending, processes=execution.processes, on_progress=bar.advance)


def _sweep(trainings: Sequence[TrainingJob], audit: Path, execution: Execution) -> None:
    resolved = resolve_audit(trainings)
    metadata = open_run(resolved, audit, device=execution.device, command=execution.command)
    jobs = sweep_jobs(resolved.plan, trainings, audit, processes=execution.processes)
    left = sum(len(resolved.plan.block(block)) for job in jobs for block in job.blocks)
    with execution.progress("test images", left) as bar:
        carry_out(do_sweep, jobs, processes=execution.processes, on_progress=bar.advance)
    write_run(audit, metadata | {"status": "complete"})


def _measure(trainings: Sequence[TrainingJob], execution: Execution) -> None:
    if not measurable(tested_samples(trainings[0])):
        execution.say("no clean test images, so nothing is attacked and no statistics are exchanged")
        return
    pending = [job for job in trainings if read_measured(job) is None]
    with execution.progress("networks attacked", len(pending)) as bar:
        carry_out(do_measuring, pending, processes=execution.processes, on_progress=bar.advance)
