"""``confounders``: would the classifier answer otherwise if another group had made the image?"""

import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import (
    NAME,
    Batch,
    Checkpoints,
    Data,
    Device,
    Images,
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

    from benchmarks.confounders import Asked
    from benchmarks.invariances import Options
    from benchmarks.request import Request

__all__ = ["confounders"]


def confounders(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Images = 2000,
    properties: Annotated[
        str, typer.Option(help="Measured on images, comma-separated: hue, saturation, brightness, contrast.")
    ] = "brightness",
    groups: Annotated[int, typer.Option(min=2, help="Groups into which each property is cut.")] = 3,
    attributes: Annotated[
        Path | None, typer.Option(help="CSV with image_id (or file) and a column for each suspected confounder.")
    ] = None,
    side: Annotated[int, typer.Option(min=16, max=128, help="Longer side of drawn images, in pixels.")] = 64,
    widen: Annotated[str, typer.Option(help="Copies to learn from, comma-separated: hue, move, mirror.")] = "",
    copies: Annotated[int, typer.Option(min=1, help="Copies of each image, if --widen.")] = 8,
    learn_from: Annotated[
        str | None, typer.Option(help="More images to learn from, as for --data; their labels are not read.")
    ] = None,
    code: Annotated[int, typer.Option(min=2, help="Length of an image's code.")] = 32,
    steps: Annotated[int | None, typer.Option(min=1, help="Training steps of the autoencoder.")] = None,
    flow_steps: Annotated[int | None, typer.Option(min=1, help="Training steps of each map, at most.")] = None,
    seed: Seed = 0,
    batch_size: Batch = 64,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Draw images as other groups would have them, and count the answers that change; beside it, for a coin.

    Without arguments, of the embedded default and brightness. The same command continues a run that was stopped. With
    --out FOLDER of an audit of the same models and data, its page gets a section more.
    """
    console = start(offline=offline)
    from benchmarks.confounders import Asked
    from benchmarks.invariances import Options
    from benchmarks.request import Request, model_requests

    request = Request(
        models=model_requests(model or [], checkpoint or []),
        data=data,
        class_names=class_names,
        class_map=class_map,
        preset="full",
        images=images,
        seed=seed,
        precision="exact",
        trusted=trust_checkpoint,
    )
    options = Options(side=side, widen=words(widen), copies=copies, learn_from=learn_from)
    drawing = replace(options.autoencoder, code=code, steps=steps or options.autoencoder.steps, seed=seed)
    flow = options.flow.lasting(flow_steps or options.flow.steps, seed=seed)
    asked = Asked(properties=words(properties), groups=groups, table=attributes)
    _carry_out(request, replace(options, autoencoder=drawing, flow=flow), asked, out, device, batch_size, console)


def _carry_out(
    request: "Request",
    options: "Options",
    asked: "Asked",
    out: Path | None,
    device: str | None,
    batch_size: int,
    console: Console,
) -> None:
    from benchmarks.audit_sections.stage import Stage
    from benchmarks.confounders import TABLE, judge_confounders, steps_left, write_confounders
    from benchmarks.engines import choose_device, running_engines
    from benchmarks.invariances import open_tasks
    from benchmarks.sections import section_folder
    from benchmarks.terminal import announced

    resolved, where = announced(request, console), choose_device(device)
    run = out or section_folder(resolved.plan, "confounders")
    command = shlex.join([NAME, *sys.argv[1:]])
    stage = Stage(resolved=resolved, run=run, device=where, batch_size=batch_size, command=command, console=console)
    tasks = open_tasks(resolved.plan, options, **stage.how)
    left = sum(steps_left(task, run, asked) for task in tasks)  # mistakes in names before work starts
    stage.open("confounders")
    tables = []
    with (
        running_engines(resolved.plan, **stage.how) as engines,
        console.progress("training steps, at most", total=left) as bar,
    ):
        for task, engine in zip(tasks, engines, strict=True):
            several = len(tasks) > 1
            tables.append(judge_confounders(task, run, engine, asked, several=several, on_steps=bar.advance))
    page = write_confounders(tables, run)
    for table in tables:
        _say_flips(table, console)
    console.say(f"every figure: {run / 'tables' / f'{TABLE}.csv'}")
    console.say(str(page.resolve()))


def _say_flips(table: "pd.DataFrame", console: Console) -> None:
    """One line for each confounder: how many answers change, and whether images arrive in the group."""
    from reports.tables import each_row, format_interval

    for (name, confounder), rows in table[table["map"] == "flow"].groupby(["model", "confounder"], sort=False):
        found = {row.metric: format_interval(row.value, row.low, row.high) for row in each_row(rows)}
        console.say(
            f"{name}, {confounder:<16} changes {found['flipped']:<22} of the answers; read as the group wanted: "
            f"{found['arrived']}"
        )
