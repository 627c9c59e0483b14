"""``planted``: every attribution method, judged on classifiers whose reasons are known."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import NAME, Batch, Device, numbers, start, words
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.explanations.planted_running import PlantedFindings

__all__ = ["planted"]

_RULES = "size+marker,size,marker_and_size"  # known here too, as nothing heavy is imported for the help text


def planted(
    out: Annotated[Path, typer.Option(help="Run folder.")] = Path("runs/planted"),
    rules: Annotated[
        str, typer.Option(help="Comma-separated; +marker plants a full shortcut, +marker90 one of 90 %.")
    ] = _RULES,
    seeds: Annotated[str, typer.Option(help="Comma-separated; each rule is trained once from each.")] = "0",
    images: Annotated[int, typer.Option(min=2, help="Test images whose maps are judged.")] = 256,
    steps: Annotated[int, typer.Option(min=1, help="Of training.")] = 400,
    side: Annotated[int, typer.Option(min=16, help="Of the images, in pixels.")] = 32,
    architecture: Annotated[str, typer.Option(help="convnet, or a timm name.")] = "convnet",
    methods: Annotated[str, typer.Option(help="Comma-separated names; all that apply by default.")] = "",
    batch_size: Batch = 64,
    device: Device = None,
) -> None:
    """Judge every attribution method on classifiers trained here, whose reasons are known and measured.

    The same command continues a run that was stopped.
    """
    console = start(offline=True)
    from benchmarks.engines import choose_device
    from benchmarks.explanations import (
        PlantedSetting,
        choose_methods,
        find_planted,
        parse_rules,
        unfinished_work,
        write_planted,
    )

    wanted = PlantedSetting(steps=steps, images=images, side=side, architecture=architecture)
    settings, chosen = parse_rules(rules, numbers(seeds), wanted), choose_methods(words(methods))
    where = choose_device(device)
    console.say(f"classifiers {len(settings)}: " + "; ".join(setting.name for setting in settings))
    console.say(f"methods     {', '.join(chosen)}, and random maps")
    total = sum(unfinished_work(setting, out, chosen) for setting in settings)
    with console.progress("training steps and maps", total=total) as bar:
        found = [
            find_planted(setting, out, chosen, device=where, batch_size=batch_size, on_work=bar.advance)
            for setting in settings
        ]
    board = write_planted(found, out, device=where, command=shlex.join([NAME, *sys.argv[1:]]))
    for one in found:
        _say_classifier(one, console)
        _say_scoreboard(board[board["classifier"] == one.setting.name], console)
    console.say(f"scores      times what chance scores; tables in {out / 'tables' / 'planted.csv'}")
    console.say(str((out / "report.html").resolve()))


def _say_classifier(found: "PlantedFindings", console: Console) -> None:
    from reports.tables import each_row

    console.say(f"\n{found.setting.name}")
    facts = {(row.measure, row.name): row for row in each_row(found.facts)}
    shares = [f"{facts['accuracy', name].value:.1%} {name}" for name in ("present", "removed", "reversed")]
    console.say(f"  accuracy with the shortcut {', '.join(shares)}")
    used = [
        f"{name} {row.value:.0%} [{row.low:.0%}, {row.high:.0%}]"
        for (measure, name), row in facts.items()
        if measure == "reliance" and row.low > 0.05
    ]
    console.say(f"  decisions that hang on {', '.join(used) or 'nothing that was planted'}")
    for method, reason in found.reasons.items():
        console.say(f"  {method} does not apply: {reason}")


def _say_scoreboard(board: "pd.DataFrame", console: Console) -> None:
    rows = board[board["measure"] == "positive_mass"].assign(
        cell=lambda frame: [
            f"{ratio:.2f} [{low:.2f}, {high:.2f}] {verdict}"
            for ratio, low, high, verdict in zip(
                frame["ratio"], frame["ratio_low"], frame["ratio_high"], frame["verdict"], strict=True
            )
        ],
        asked=lambda frame: [
            f"{question} ({'wanted' if expected else 'unwanted'})"
            for question, expected in zip(frame["question"], frame["expected"], strict=True)
        ],
    )
    questions, methods = list(rows["asked"].drop_duplicates()), list(rows["method"].drop_duplicates())
    cells = rows.set_index(["method", "asked"])["cell"]
    console.say("  " + " " * 22 + "".join(f"{question:<30}" for question in questions))
    for method in methods:
        console.say(f"  {method:<22}" + "".join(f"{cells[method, question]:<30}" for question in questions))
