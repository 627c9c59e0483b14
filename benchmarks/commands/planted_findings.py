"""``planted-findings``: problems that must be found first, and controls in which nothing may be found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import numbers, start, words
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["planted_findings"]


def planted_findings(
    out: Annotated[Path, typer.Option(help="Folder of the planted images and their runs.")] = Path(
        "runs/planted-findings"
    ),
    problems: Annotated[
        str,
        typer.Option(help="Comma-separated: mislabelled_class, corrupted_folder, corrupted_class, shortcut_marker."),
    ] = "mislabelled_class,corrupted_folder,corrupted_class,shortcut_marker",
    seeds: Annotated[str, typer.Option(help="Comma-separated; of what is planted.")] = "0,1,2",
    controls: Annotated[int, typer.Option(min=0, help="Shuffles of either kind of control.")] = 20,
    control: Annotated[
        Path | None, typer.Option(help="Finished audit whose records are shuffled; the embedded default's if none.")
    ] = None,
) -> None:
    """Plant problems in folders of small images and audit them; then shuffle the records of an audit without one.

    The same command continues where it was stopped.
    """
    console = start(offline=True)
    import pandas as pd

    from benchmarks.cli import app
    from benchmarks.finding_trials import PROBLEMS, TRIALS, trial_row
    from reports.tables import write_tables

    def run(command: list[str]) -> None:
        app(command, standalone_mode=False)

    if unknown := [name for name in words(problems) if name not in PROBLEMS]:
        raise ValueError(f"expected --problems among {', '.join(PROBLEMS)}, got {', '.join(unknown)}")
    rows = []
    for problem in words(problems):
        for seed in numbers(seeds):
            console.say(f"planted     {problem}, seed {seed}")
            rows.append(trial_row(problem, seed, out, run=run))
    tables = {"planted_findings": pd.DataFrame(rows, columns=TRIALS)}
    if controls:
        if control is None:
            control = out / "control"
            run(["audit", "--out", str(control)])
        tables["findings_control"] = _controls(control, controls, console)
    write_tables(out, tables)
    for name, table in tables.items():
        console.say(table.drop(columns="statement", errors="ignore").to_string(index=False, float_format="%.4g"))
        console.say(str((out / "tables" / f"{name}.csv").resolve()))


def _controls(audit: Path, count: int, console: Console) -> "pd.DataFrame":
    from benchmarks.finding_trials import CONTROLS, control_table
    from benchmarks.summary import COLUMNS, read_panels
    from reports.records import read_records

    panel = read_panels(read_records(audit, COLUMNS))[0]
    with console.progress("controls", total=count * len(CONTROLS)) as bar:
        return control_table(panel, range(count), on_control=bar.advance)
