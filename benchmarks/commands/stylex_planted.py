"""``stylex planted``: whether a StylEx shows causes that are known."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import Device, numbers, start
from benchmarks.commands.stylex_train import choose_recipe
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["stylex_planted"]

_RULES = "marker_and_size,stripes_and_background"


def stylex_planted(
    out: Annotated[Path, typer.Option(help="Run folder.")] = Path("runs/stylex-planted"),
    rules: Annotated[
        str, typer.Option(help="Comma-separated; +marker plants a shortcut, +jitter moves shapes; coin is no rule.")
    ] = _RULES,
    seeds: Annotated[str, typer.Option(help="Comma-separated; each rule is trained once from each.")] = "0",
    recipe: Annotated[str, typer.Option(help="reconstruction, adversarial or alternating.")] = "reconstruction",
    steps: Annotated[int | None, typer.Option(min=1, help="Of training; the recipe's by default.")] = None,
    batch_size: Annotated[int, typer.Option(min=2, help="Images a step.")] = 16,
    label_dropout: Annotated[
        float | None, typer.Option(help="Share of images told another image's class; the recipe's by default.")
    ] = None,
    sparsity: Annotated[
        float | None, typer.Option(help="Weight that keeps style coordinates few; the recipe's by default.")
    ] = None,
    images: Annotated[int, typer.Option(min=20, help="Test images that attributes are judged on.")] = 400,
    device: Device = None,
) -> None:
    """Train classifiers whose causes are known, and a StylEx for each, and ask whether its attributes are the causes.

    The same command continues a run that was stopped.
    """
    console = start(offline=True)
    from benchmarks.engines import choose_device
    from benchmarks.stylex import PlantedStylex, find_systems, judge_bars, parse_systems, unfinished_work
    from reports.records import write_atomically

    changes = {"steps": steps, "batch_size": batch_size, "label_dropout": label_dropout, "sparsity": sparsity}
    chosen = choose_recipe(recipe, **changes)
    systems = parse_systems(rules, numbers(seeds), PlantedStylex(recipe=chosen, judged=images))
    console.say("systems     " + "; ".join(one.name for one in systems))
    with console.progress("steps", total=unfinished_work(systems, out)) as bar:
        judged = find_systems(systems, out, device=choose_device(device), on_work=bar.advance)
    bars = judge_bars(judged)
    tables = {"stylex_planted": judged, "stylex_planted_bars": bars}
    (out / "tables").mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        write_atomically(out / "tables" / f"{name}.csv", table.to_csv(index=False).encode())
    for system, own in judged.groupby("system", sort=False):
        _say_system(str(system), own, console)
    _say_bars(bars, console)
    console.say(str((out / "tables" / "stylex_planted.csv").resolve()))


def _say_system(name: str, rows: "pd.DataFrame", console: Console) -> None:
    from reports.tables import each_row

    console.say(f"\n{name}")
    for row in each_row(rows[rows["question"].isin(["accuracy", "agreement", "pixels", "swap_flips"])]):
        what = f"{row.question} {row.attribute}".strip()
        console.say(f"  {what:<20}{row.value:.3f} [{row.low:.3f}, {row.high:.3f}]")
    for rank, group in rows[rows["rank"] > 0].groupby("rank"):
        said = []
        for row in each_row(group[group["question"].isin(["share", "flips", "legit"])]):
            what = f"moves {row.attribute}, share" if row.question == "share" else row.question
            said.append(f"{row.direction} {what} {row.value:.2f} [{row.low:.2f}, {row.high:.2f}]")
        if said:
            console.say(f"  group {rank}: " + "; ".join(said))
    for question in ("groups", "coordinates", "wu", "random"):
        curve = rows[rows["question"] == question]
        if len(curve):
            last = curve[curve["rank"] == curve["rank"].max()]
            said = [f"{row.direction} {row.value:.0%} [{row.low:.0%}, {row.high:.0%}]" for row in each_row(last)]
            console.say(f"  first {int(curve['rank'].max())} {question}: " + ", ".join(said))


def _say_bars(bars: "pd.DataFrame", console: Console) -> None:
    from reports.tables import each_row

    console.say("")
    for row in each_row(bars):
        verdict = "reached" if row.reached else "missed"
        figures = f"{row.lowest:.2f} to {row.highest:.2f}"
        console.say(f"{verdict:<8}{row.rule}: {row.words}: {row.kept} of {row.systems}, needed {row.needed}; {figures}")
