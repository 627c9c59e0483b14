"""What is done with finished runs: ``report`` and ``check``."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import start
from benchmarks.console import Console

__all__ = ["check", "report"]


def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders; several make one comparison page.")],
    out: Annotated[Path | None, typer.Option(help="Folder of a comparison.")] = None,
) -> None:
    """Rebuild tables, figures and page from records, without inference."""
    console = start(offline=True)
    from benchmarks.images import write_images
    from benchmarks.report import write_report

    if len(runs) > 1 and out is None:
        raise ValueError("expected --out for the comparison of several runs, got none")
    if len(runs) == 1 and (runs[0] / "run.json").exists():
        write_images(runs[0])  # before the page, which shows them
    page = write_report(runs, out or runs[0])
    console.say(str(page.resolve()))


def check(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    require: Annotated[list[str], typer.Option(help="Such as accuracy>=0.9 or accuracy.low>=0.9; repeatable.")],
) -> None:
    """Exit with status 1 unless every requirement holds; for continuous integration."""
    console = Console()
    from benchmarks.requirements import judge, parse_requirement
    from reports.records import read_run
    from reports.tables import read_tables

    read_run(run)
    headline = read_tables(run)["headline"]
    verdicts = [verdict for text in require for verdict in judge(parse_requirement(text), headline)]
    for verdict in verdicts:
        word = "holds" if verdict.holds else "FAILS"
        console.say(
            f"{word}  {verdict.requirement}  {verdict.model}: {verdict.value:.4g} "
            f"[{verdict.low:.4g}, {verdict.high:.4g}], n = {verdict.n}"
        )
    if not all(verdict.holds for verdict in verdicts):
        raise typer.Exit(1)
