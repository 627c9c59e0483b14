"""``concepts``: what a layer of a classifier knows, in named factors, and which of them its decisions hang on."""

import shlex
import sys
from collections.abc import Mapping
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

__all__ = ["concepts"]


def concepts(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Images = 2000,
    layers: Annotated[
        str, typer.Option(help="Comma-separated, such as layer4,global_pool or act1:input; what the head reads.")
    ] = "",
    attributes: Annotated[
        Path | None, typer.Option(help="CSV with image_id (or file) and a column for each attribute.")
    ] = None,
    edits: Annotated[
        str, typer.Option(help="Comma-separated: hue, lightness, tilt, or any corruption; empty for none.")
    ] = "hue,lightness,tilt,gaussian_blur",
    sketch: Annotated[
        list[str] | None,
        typer.Option(help="NAME=first.png,second.png, images that differ in a concept alone; repeatable, unproven."),
    ] = None,
    components: Annotated[int, typer.Option(min=2, help="Coordinates of a layer that are kept apart.")] = 32,
    flow_steps: Annotated[
        int | None, typer.Option(min=0, help="Of training, the recipe's by default; 0 leaves the rotation alone.")
    ] = None,
    seed: Seed = 0,
    batch_size: Batch = 64,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Name what a layer knows by class labels, attributes, edits and sketches; exchange it and see what changes.

    Without arguments, of the embedded default. The same command continues a run that was stopped. With --out FOLDER of
    an audit of the same models and data, its page gets a section more, and its confidently wrong images are explained.
    """
    console = start(offline=offline)
    from benchmarks.audit_sections.concepts import name_concepts
    from benchmarks.audit_sections.stage import Stage
    from benchmarks.concepts import Settings, parse_sketches
    from benchmarks.engines import choose_device
    from benchmarks.request import Request, model_requests
    from benchmarks.sections import close_section, section_folder
    from benchmarks.terminal import announced
    from xai.iin import FlowRecipe

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
    resolved, where = announced(request, console), choose_device(device)
    run = out or section_folder(resolved.plan, "concepts")
    steps = FlowRecipe.steps if flow_steps is None else flow_steps
    settings = Settings(
        layers=words(layers),
        table=attributes,
        edits=words(edits),
        sketches=tuple(parse_sketches(text) for text in sketch or ()),
        components=components,
        recipe=FlowRecipe(steps=steps, seed=seed) if steps else None,
    )
    command = shlex.join([NAME, *sys.argv[1:]])
    stage = Stage(resolved=resolved, run=run, device=where, batch_size=batch_size, command=command, console=console)
    tables = name_concepts(stage, settings)
    page = close_section(run)
    _say_factors(tables, console)
    console.say(f"every figure: {run / 'tables' / 'concepts.csv'}")
    console.say(str(page.resolve()))


def _say_factors(tables: "Mapping[str, pd.DataFrame]", console: Console) -> None:
    """What pairs say of each attribute, what swaps change under each map, and what goes together."""
    from reports.tables import each_row, format_interval

    for row in each_row(tables["concepts_factors"]):
        console.say(f"{row.layer}  {row.statement}")
    swaps = tables["concepts"][tables["concepts"]["metric"] == "swap_changes"]
    for (layer, factor), rows in swaps.groupby(["layer", "factor"], sort=False):
        found = "  ".join(f"{row.map} {format_interval(row.value, row.low, row.high)}" for row in each_row(rows))
        console.say(f"{layer}  swaps of {factor:<16} change decisions: {found}")
    table = tables["concepts_association"]
    for row in each_row(table[table["associated"].astype(bool)]):
        done = f"reweighted, V {row.after:.2f}" if row.reweighted else "not reweighted"
        said = f"Cramér's V {format_interval(row.value, row.low, row.high)}; {done}, effective n {row.effective_n:.0f}"
        console.say(f"warning: {row.attribute} and {row.other} go together: {said}")
