"""``invariances``: what every layer keeps of images and what it discards."""

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

    from benchmarks.invariances import Options
    from benchmarks.request import Request

__all__ = ["invariances"]


def invariances(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Images = 2000,
    layers: Annotated[str, typer.Option(help="Module names, comma-separated; the last three stages by default.")] = "",
    side: Annotated[int, typer.Option(min=16, max=128, help="Longer side of drawn images, in pixels.")] = 64,
    widen: Annotated[str, typer.Option(help="Copies to learn from, comma-separated: hue, move, mirror.")] = "",
    copies: Annotated[int, typer.Option(min=1, help="Copies of each image, if --widen.")] = 8,
    learn_from: Annotated[
        str | None, typer.Option(help="More images to learn from, as for --data; their labels are not read.")
    ] = None,
    code: Annotated[int, typer.Option(min=2, help="Length of an image's code.")] = 32,
    steps: Annotated[int | None, typer.Option(min=1, help="Training steps of the autoencoder.")] = None,
    flow_steps: Annotated[int | None, typer.Option(min=1, help="Training steps of each layer's flow, at most.")] = None,
    seed: Seed = 0,
    batch_size: Batch = 64,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Sample images that look the same to a layer, layer by layer, and measure what each discards.

    Without arguments, of the embedded default. The same command continues a run that was stopped. With --out FOLDER of
    an audit of the same models and data, its page gets a section more.
    """
    console = start(offline=offline)
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
    options = Options(layers=words(layers), side=side, widen=words(widen), copies=copies, learn_from=learn_from)
    drawing = replace(options.autoencoder, code=code, steps=steps or options.autoencoder.steps, seed=seed)
    flow = options.flow.lasting(flow_steps or options.flow.steps, seed=seed)
    _carry_out(request, replace(options, autoencoder=drawing, flow=flow), out, device, batch_size, console)


def _carry_out(
    request: "Request", options: "Options", out: Path | None, device: str | None, batch_size: int, console: Console
) -> None:
    from benchmarks.audit_sections.invariances import sample_invariances
    from benchmarks.audit_sections.stage import Stage
    from benchmarks.engines import choose_device
    from benchmarks.sections import close_section, section_folder
    from benchmarks.terminal import announced

    resolved, where = announced(request, console), choose_device(device)
    run = out or section_folder(resolved.plan, "invariances")
    command = shlex.join([NAME, *sys.argv[1:]])
    stage = Stage(resolved=resolved, run=run, device=where, batch_size=batch_size, command=command, console=console)
    tables = sample_invariances(stage, options)
    page = close_section(run)
    for table in tables:
        _say_layers(table, console)
    console.say(f"every figure: {run / 'tables' / 'invariances.csv'}")
    console.say(str(page.resolve()))


def _say_layers(table: "pd.DataFrame", console: Console) -> None:
    """One line for each layer: what it discards, and whether samples keep the decision."""
    from reports.tables import each_row, format_interval

    rows = table[table["map"].isin(["flow", "autoencoder"])]
    for (name, layer), own in rows.groupby(["model", "layer"], sort=False):
        found = {row.metric: format_interval(row.value, row.low, row.high) for row in each_row(own)}
        said = f"discards {found['explained_by_v']:<22} " if "explained_by_v" in found else ""
        console.say(f"{name}, {layer:<16} {said}decision kept {found['kept_decision']}")
