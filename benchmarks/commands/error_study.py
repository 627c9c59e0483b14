"""``error-study``: the learned detector against the softmax on many small classifiers trained here."""

import shlex
import sys
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import NAME, Device, numbers, start, words
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["error_study"]


def error_study(
    out: Annotated[Path, typer.Option(help="Run folder.")] = Path("runs/error-study"),
    seeds: Annotated[str, typer.Option(help="Comma-separated; every kind is trained once from each.")] = "100,200",
    classifiers: Annotated[
        str, typer.Option(help="Comma-separated architecture/training images, such as convnet/100; all by default.")
    ] = "",
    first: Annotated[
        int | None, typer.Option(min=1, help="Only so many classifiers, in order; all by default.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of training.")] = 200,
    images: Annotated[int, typer.Option(min=4, help="Test images of each classifier; half of them calibrate.")] = 500,
    device: Device = None,
) -> None:
    """Train small classifiers of digits and see whether the learned detector finds their errors better.

    The protocol and its bars were fixed before the default seeds were run. The same command continues a run that was
    stopped.
    """
    console = start(offline=True)
    from benchmarks import error_study as study
    from benchmarks.engines import choose_device

    kinds = study.parse_kinds(words(classifiers)) or study.KINDS
    protocol = study.Protocol(kinds=kinds, seeds=numbers(seeds), first=first, steps=steps, images=images)
    where = choose_device(device)
    console.say(f"classifiers {len(protocol.classifiers)}, each judged on {images:,} images it has not seen")
    console.say(f"conditions  {len(protocol.conditions)}: clean, and the corruptions at severity {protocol.severity}")
    with console.progress("training steps and images", total=study.unfinished_work(protocol, out)) as bar:
        found = {
            one: study.find_study(protocol, one, out, device=where, on_work=bar.advance) for one in protocol.classifiers
        }
    command = shlex.join([NAME, *sys.argv[1:]])
    tables = study.write_study(protocol, found, out, device=where, command=command)
    _say_classifiers(tables["error_study"], console)
    _say_bars(tables["error_study_bars"], console)
    console.say(f"every comparison: {out / 'tables' / 'error_study.csv'}")
    console.say(str((out / "report.html").resolve()))


def _say_classifiers(table: "pd.DataFrame", console: Console) -> None:
    """One line for each classifier: accuracy, errors, and what the detector gains."""
    from reports.tables import each_row, format_interval

    mild = table[table["population"].eq("mild") & table["score"].eq("detector") & table["metric"].eq("auroc_gain")]
    accuracy = table[table["metric"].eq("accuracy") & table["population"].eq("clean")].set_index("classifier")["value"]
    for row in each_row(mild[mild["against"] == "max_softmax"]):
        said = row.convention if isnan(row.value) else f"above MSP {format_interval(row.value, row.low, row.high)}"
        share = f"{accuracy[row.classifier]:.1%} clean, {row.errors:,} errors"
        console.say(f"{row.classifier:<42}{share:<28}{row.group:<16}{said}")


def _say_bars(table: "pd.DataFrame", console: Console) -> None:
    from reports.tables import each_row, format_interval

    for row in each_row(table):
        if row.low == row.low:
            figure = format_interval(row.value, row.low, row.high)
        else:
            figure = f"{row.value:g} of {row.n}" if "classifiers" in row.convention[:11] else f"{row.value:.3f}"
        bar = f"needed {row.needed}: {row.reached}" if row.needed else ""
        console.say(f"{row.population:<6}{row.question:<62}{figure:<26}{bar}".rstrip())
