"""``planted-concepts``: factors where the truth is known, judged by images that are rendered anew."""

from math import isfinite
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import Device, numbers, start, words

__all__ = ["planted_concepts"]


def planted_concepts(
    out: Annotated[Path, typer.Option(help="Run folder.")] = Path("runs/planted-concepts"),
    rules: Annotated[
        str, typer.Option(help="Comma-separated, of labels; marker_xor_size is coded nonlinearly.")
    ] = "marker_and_size,shape,marker_xor_size",
    seeds: Annotated[str, typer.Option(help="Comma-separated; each rule is trained from each.")] = "0,1,2,3,4",
    shortcut_seeds: Annotated[
        str, typer.Option(help="Comma-separated; a shortcut that is used and one that is not are trained from each.")
    ] = "0,1,2,3,4,5,6,7,8,9",
    flow_steps: Annotated[
        int | None, typer.Option(min=0, help="Of training, the recipe's by default; 0 leaves the linear map alone.")
    ] = None,
    device: Device = None,
) -> None:
    """Find factors of small classifiers whose reasons are known, swap them, and see whether the oracle agrees.

    The oracle renders the recipient with the donor's attribute. The same command continues a run that was stopped.
    """
    console = start(offline=True)
    from benchmarks.concepts import bar_table, find_trial, is_finished, planted_trials
    from benchmarks.engines import choose_device
    from reports.tables import each_row, format_interval, write_tables
    from xai.iin import FlowRecipe

    steps = FlowRecipe.steps if flow_steps is None else flow_steps
    trials = planted_trials(words(rules), numbers(seeds), numbers(shortcut_seeds), steps=steps)
    where = choose_device(device)
    left = sum(not is_finished(trial, out) for trial in trials)
    with console.progress("trials", total=left) as bar:
        found = [find_trial(trial, out, device=where, on_work=bar.advance) for trial in trials]
    table = bar_table(found)
    write_tables(out, {"planted_concepts": table})
    for row in each_row(table):
        figure = format_interval(row.value, row.low, row.high)
        needed = f"needed {row.needed}: {row.reached}" if row.needed else ""
        head = f"{row.classifier:<26}{row.map:<10}{row.factor:<14}{row.question:<20}"
        worst = f"worst {row.worst:.3f}" if isfinite(row.worst) else ""
        console.say(f"{head}{figure:<26}{worst:<15}n = {row.n:<5.0f}{needed}".rstrip())
    console.say(str((out / "tables" / "planted_concepts.csv").resolve()))
