"""The explain run: a folder, images for every model, and the maps of every method."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import torch

from benchmarks.engines import running_engines
from benchmarks.explanations.choosing import choose_images, clean_answers
from benchmarks.explanations.explaining import Explained, Task, explain, unfinished_maps
from benchmarks.explanations.methods import CONTROL, RandomMaps
from benchmarks.request import Resolved
from benchmarks.sections import open_section
from xai.attribution import Method

__all__ = ["explain_tasks", "open_tasks", "remaining_maps"]


def open_tasks(
    resolved: Resolved, run: Path, *, count: int, device: torch.device, batch_size: int, command: str
) -> list[Task]:
    """Open the folder and choose the images of every model.

    Args:
        resolved: models and data, planned with precision ``exact``.
        run: the run folder, made if it is not there; it may be that of an audit of the same models and data.
        count: images to explain.
        device: where models run.
        batch_size: images a pass.
        command: the command line, for the page.

    Raises:
        OtherRunError: the folder holds a run of other models or data.
        ValueError: not one image can be read.
    """
    open_section(resolved, run, section="explained", device=device, command=command)
    plan, tasks = resolved.plan, []
    with running_engines(plan, device=device, batch_size=batch_size) as engines:
        for position, engine in enumerate(engines):
            answers = clean_answers(plan, position, run, engine)
            if answers.empty:
                raise ValueError(f"expected images that can be read and classified in {plan.samples.name}, got none")
            chosen = choose_images(answers, count, seed=plan.seed)
            tasks.append(Task(plan=plan, position=position, chosen=chosen, seed=plan.seed))
    return tasks


def remaining_maps(tasks: Sequence[Task], run: Path, methods: Mapping[str, Method]) -> int:
    """Maps that :func:`explain_tasks` has still to make and check."""
    return sum(unfinished_maps(task, run, _with_control(methods)) for task in tasks)


def explain_tasks(
    tasks: Sequence[Task],
    run: Path,
    methods: Mapping[str, Method],
    *,
    device: torch.device,
    batch_size: int,
    on_maps: Callable[[int], None] = lambda _: None,
) -> list[Explained]:
    """Make and check the maps of every model, those of the control too.

    Args:
        tasks: of :func:`open_tasks`, one for each model of their plan.
        run: the run folder.
        methods: by name.
        device: where models run.
        batch_size: images a pass; halved whenever memory runs out.
        on_maps: called with numbers of maps that are made and checked.
    """
    wanted = _with_control(methods)
    with running_engines(tasks[0].plan, device=device, batch_size=batch_size) as engines:
        return [explain(task, run, engines[task.position], wanted, on_maps=on_maps) for task in tasks]


def _with_control(methods: Mapping[str, Method]) -> dict[str, Method]:
    return {**methods, CONTROL: RandomMaps()}
