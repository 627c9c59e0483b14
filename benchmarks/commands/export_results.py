"""``export-results``: what was measured, in the forms that other tools read."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import start

__all__ = ["export_results"]


def export_results(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the files; RUN/export by default.")] = None,
    hub_dataset: Annotated[
        str | None, typer.Option(help="Id of the Hub benchmark that the clean images are of; adds .eval_results.")
    ] = None,
    hub_task: Annotated[str, typer.Option(help="Id of its task.")] = "default",
    tensorboard: Annotated[Path | None, typer.Option(help="Folder for event files; needs tensorboard.")] = None,
) -> None:
    """Write results for model cards and leaderboards: Hugging Face YAML, a CSV as timm has it, TensorBoard scalars."""
    console = start(offline=True)
    from benchmarks.formats import HubBenchmark, write_scalars
    from benchmarks.formats import export_results as export
    from reports.tables import read_tables

    benchmark = None if hub_dataset is None else HubBenchmark(dataset=hub_dataset, task=hub_task)
    files = export(run, out or run / "export", benchmark=benchmark)
    if tensorboard is not None:
        console.say(f"{write_scalars(read_tables(run), tensorboard):,} scalars in {tensorboard}")
    for path in files:
        console.say(str(path.resolve()))
