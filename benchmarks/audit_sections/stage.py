"""What a section works with: models and data, the folder, where it runs, and who hears of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict

import torch

from benchmarks.conditions import Condition
from benchmarks.console import Console
from benchmarks.datasets.subsets import stratified_subset
from benchmarks.request import Resolved
from benchmarks.sections import open_section

__all__ = ["How", "Stage"]


class How(TypedDict):
    """Where models run, and how many images at once."""

    device: torch.device
    batch_size: int


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Where a section is worked out, by its own command or inside of an audit.

    Attributes:
        resolved: models and data.
        run: the run folder.
        device: where models run.
        batch_size: images a forward pass; halved if memory runs out.
        command: the command line, for ``run.json``.
        console: what is said and shown goes there.
    """

    resolved: Resolved
    run: Path
    device: torch.device
    batch_size: int
    command: str
    console: Console

    @property
    def how(self) -> How:
        """Device and batch size, as functions take them."""
        return How(device=self.device, batch_size=self.batch_size)

    def open(self, section: str) -> None:
        """Start the run of a section, or find one of the same models and data in the folder."""
        open_section(self.resolved, self.run, section=section, device=self.device, command=self.command)

    def narrowed(self, images: int | None, conditions: Sequence[Condition] | None = None) -> "Stage":
        """The same stage with fewer images or conditions, classified in plain float32.

        The images are among those of this stage, so that all sections of an audit speak of the same ones.

        Args:
            images: at most so many, classes in proportion; None takes all.
            conditions: of the plan; None takes all.
        """
        plan = self.resolved.plan
        samples = plan.samples if images is None else stratified_subset(plan.samples, images, seed=plan.seed)
        kept = plan.conditions if conditions is None else tuple(conditions)
        fewer = replace(plan, samples=samples, conditions=kept, precision="exact")
        return replace(self, resolved=replace(self.resolved, plan=fewer))
