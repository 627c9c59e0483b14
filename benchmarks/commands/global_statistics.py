"""``global-statistics``: how much does the classifier lean on the mean and spread of its channels?"""

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
    Seed,
    Trust,
    start,
)
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["global_statistics"]


def global_statistics(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Images = 500,
    depths: Annotated[str, typer.Option(help="stages, or sites: every convolution that pAdaIN follows.")] = "stages",
    draws: Annotated[int, typer.Option(min=1, help="Partners of each kind for every image.")] = 3,
    seed: Seed = 0,
    batch_size: Batch = 64,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Exchange channel statistics between images, in pixels and at every depth, and count the answers that change.

    Without arguments, of the embedded default. The same command continues a run that was stopped. With --out FOLDER of
    an audit of the same models and data, its page gets a section more.
    """
    console = start(offline=offline)
    from benchmarks.audit_sections.global_statistics import exchange_statistics
    from benchmarks.audit_sections.stage import Stage
    from benchmarks.engines import choose_device
    from benchmarks.request import Request, model_requests
    from benchmarks.sections import close_section, section_folder
    from benchmarks.terminal import announced

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
    run = out or section_folder(resolved.plan, "global-statistics")
    command = shlex.join([NAME, *sys.argv[1:]])
    stage = Stage(resolved=resolved, run=run, device=where, batch_size=batch_size, command=command, console=console)
    table = exchange_statistics(stage, depths=depths, draws=draws)
    console.say("figures and page ...")
    page = close_section(run)
    _say_flips(table, console)
    console.say(f"every figure: {run / 'tables' / 'global_statistics.csv'}")
    console.say(str(page.resolve()))


def _say_flips(table: "pd.DataFrame", console: Console) -> None:
    """One line for each model and depth: the share of predictions that change."""
    from reports.tables import each_row, format_interval

    flips = table[table["metric"].eq("flip_rate") & table["value"].notna()]
    for (name, depth), rows in flips.groupby(["model", "depth"], sort=False):
        found = {row.pairs: format_interval(row.value, row.low, row.high) for row in each_row(rows)}
        other, same = (found.get(pairs, "–") for pairs in ("other_class", "same_class"))
        console.say(f"{name}, {depth:<24} flips: other class {other:<22} same class {same}")
