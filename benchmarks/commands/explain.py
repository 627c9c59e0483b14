"""``explain``: maps of what a classifier looks at, each with the checks that say whether to believe it."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import (
    NAME,
    Batch,
    Checkpoints,
    Data,
    Device,
    Map,
    Models,
    Names,
    Offline,
    Out,
    Seed,
    Trust,
    start,
    words,
)
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["explain"]


def explain(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Annotated[int, typer.Option(min=4, help="Explained; a quarter are the most confidently wrong.")] = 64,
    methods: Annotated[str, typer.Option(help="Comma-separated names; all that apply by default.")] = "",
    seed: Seed = 0,
    batch_size: Batch = 64,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Explain decisions by every attribution method that applies, and check each map; by default the embedded one's.

    The same command continues a run that was stopped. With --out FOLDER of an audit of the same models and data, its
    page gets a section more, and maps are joined with what the audit recorded of the same images.
    """
    console = start(offline=offline)
    from benchmarks.audit_sections.explain import explain_decisions
    from benchmarks.audit_sections.stage import Stage
    from benchmarks.engines import choose_device
    from benchmarks.explanations import choose_methods
    from benchmarks.request import Request, model_requests
    from benchmarks.sections import close_section, section_folder
    from benchmarks.terminal import announced

    chosen, where = choose_methods(words(methods)), choose_device(device)
    request = Request(
        models=model_requests(model or [], checkpoint or []),
        data=data,
        class_names=class_names,
        class_map=class_map,
        preset="full",
        seed=seed,
        precision="exact",
        trusted=trust_checkpoint,
    )
    resolved = announced(request, console)
    run = out or section_folder(resolved.plan, "explained")
    command = shlex.join([NAME, *sys.argv[1:]])
    stage = Stage(resolved=resolved, run=run, device=where, batch_size=batch_size, command=command, console=console)
    every, summary = explain_decisions(stage, images=images, methods=chosen)
    page = close_section(run)
    for explained in every:
        for method, reason in explained.reasons.items():
            console.say(f"{method} does not apply to {explained.task.name}: {reason}")
    _say_checks(summary, console)
    console.say(str(page.resolve()))


def _say_checks(summary: "pd.DataFrame", console: Console) -> None:
    """One line for each model, choice of images and method."""
    from reports.views import spread

    for (name, group, method), found in spread(summary, ["model", "group", "method"]).items():
        figures = [f"{metric} {row.value:.3g} [{row.low:.3g}, {row.high:.3g}]" for metric, row in found.items()]
        console.say(f"{name}  {group:<18}{method:<22}{'  '.join(figures)}")
