"""One sweep over all trained networks, in several processes that share its units.

It is an audit in a run folder of its own, from which ``classifier-audit report`` makes the page of every network.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.augmentation.measuring import tested_samples
from benchmarks.augmentation.trainings import TrainingJob, alone, trained_model
from benchmarks.engines import running_engines
from benchmarks.plan import Plan
from benchmarks.request import Request, Resolved, plan_audit
from benchmarks.sweep import finished_blocks, run_sweep

__all__ = ["SweepJob", "do_sweep", "resolve_audit", "sweep_jobs"]

_BATCH = 64  # as many as a unit has


@dataclass(frozen=True, kw_only=True)
class SweepJob:
    """Some units of the sweep over all networks.

    Attributes:
        trainings: what was trained, in the order of the plan's models.
        folder: the audit's run folder.
        blocks: the units.
    """

    trainings: tuple[TrainingJob, ...]
    folder: Path
    blocks: tuple[int, ...]


def resolve_audit(trainings: Sequence[TrainingJob]) -> Resolved:
    """Plan the audit of finished trainings: the comparison's test images under every test corruption."""
    models = [trained_model(job).model for job in trainings]
    return plan_audit(Request(preset="full"), models, tested_samples(trainings[0]))


def sweep_jobs(plan: Plan, trainings: Sequence[TrainingJob], folder: Path, *, processes: int) -> list[SweepJob]:
    """Deal the units that are left to several processes."""
    done = finished_blocks(plan, folder)
    left = [block for block in plan.blocks if block not in done]
    hands = [tuple(left[first::processes]) for first in range(processes)]
    return [SweepJob(trainings=tuple(trainings), folder=folder, blocks=blocks) for blocks in hands if blocks]


def do_sweep(job: SweepJob, on_progress: Callable[[int], None]) -> None:
    """Make the records of some units; progress counts images."""
    alone()
    plan, device = resolve_audit(job.trainings).plan, torch.device(job.trainings[0].device)
    with running_engines(plan, device=device, batch_size=_BATCH) as engines:
        run_sweep(plan, job.folder, engines, blocks=job.blocks, on_unit=on_progress)
