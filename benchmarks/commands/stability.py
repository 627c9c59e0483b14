"""``stability``: predictions along sequences of small changes, as ImageNet-P measures them."""

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
    Images,
    Map,
    Models,
    Names,
    Offline,
    Out,
    Profile,
    Seed,
    Trust,
    start,
    words,
)
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["stability"]


def stability(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Images = 200,
    perturbations: Annotated[
        str, typer.Option(help="Comma-separated names; `all` takes the four extra ones too.")
    ] = "",
    profile: Profile = None,
    seed: Seed = 0,
    batch_size: Batch = 64,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Measure how often predictions flip along perturbation sequences; without arguments, the embedded default.

    The same command continues a run that was stopped.
    """
    console = start(offline=offline)
    from benchmarks.engines import choose_device
    from benchmarks.request import Request, model_requests
    from benchmarks.runs import default_folder
    from benchmarks.stability import run_stability, unfinished_perturbations
    from benchmarks.terminal import announced

    request = Request(
        models=model_requests(model or [], checkpoint or []),
        data=data,
        class_names=class_names,
        class_map=class_map,
        preset="full",
        images=images,
        profile=profile,
        seed=seed,
        precision="exact",
        trusted=trust_checkpoint,
    )
    resolved = announced(request, console)
    run = out or default_folder(resolved.plan)
    names, where = words(perturbations), choose_device(device)
    left, count = unfinished_perturbations(resolved, run, names), len(resolved.plan.samples.entries)
    console.say(f"sequences   {', '.join(left) or 'none, all are finished'}; {count:,} images")
    command = shlex.join([NAME, *sys.argv[1:]])
    with console.progress("images", total=len(left) * count) as bar:
        table = run_stability(
            resolved, run, device=where, batch_size=batch_size, names=names, command=command, on_images=bar.advance
        )
    _say_flips(table, console)
    console.say(str((run / "figures" / "stability.svg").resolve()))


def _say_flips(table: "pd.DataFrame", console: Console) -> None:
    from reports.tables import each_row

    for row in each_row(table[table["metric"].isin(["flip_probability", "mean_flip_probability", "mFR"])]):
        figure = f"{row.value:>8.4g}  {f'[{row.low:.4g}, {row.high:.4g}]':<22}n = {row.n:.0f}"
        console.say(f"{row.model}  {row.perturbation:<16}{row.metric:<24}{figure}")
