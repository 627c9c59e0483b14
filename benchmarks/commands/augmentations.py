"""``augmentations``: training recipes under one budget, with an interval on every difference."""

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import NAME, Device, Frost, Offline, numbers, start, words
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from benchmarks.augmentation import Comparison

__all__ = ["augmentations"]


def augmentations(
    recipes: Annotated[str, typer.Option(help="Comma-separated, such as baseline,augmix+padain:0.1; all ten.")] = "",
    seeds: Annotated[str, typer.Option(help="How many, from 0, or comma-separated seeds.")] = "3",
    bed: Annotated[str, typer.Option(help="digits, or planted: statistics tell the label in training.")] = "digits",
    data: Annotated[str | None, typer.Option(help="Own images to train on, in place of a bed.")] = None,
    test: Annotated[str | None, typer.Option(help="Own images to test on, such as CIFAR-C arrays.")] = None,
    side: Annotated[int | None, typer.Option(min=8, help="Of own images; their own up to 96, else 224.")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/augmentations-<bed> by default.")] = None,
    architecture: Annotated[str | None, typer.Option(help="Network, as `train` takes it.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Of every training.")] = None,
    padain_p: Annotated[
        str, typer.Option(help="Probabilities of pAdaIN to choose from on validation images.")
    ] = "0.01,0.03,0.1,0.3",
    images: Annotated[int, typer.Option(min=2, help="Test images, at most.")] = 500,
    attack_images: Annotated[int, typer.Option(min=1, help="Test images that are attacked.")] = 128,
    attack_eps: Annotated[float, typer.Option(help="Radius of the attack in 255ths, linf.")] = 2.0,
    workers: Annotated[int, typer.Option(min=0, help="Trainings at once; 0 takes one per core, at most 2.")] = 0,
    frost_dir: Frost = None,
    device: Device = None,
    offline: Offline = False,
) -> None:
    """Train a network by several recipes from several seeds, audit each, and compare; ten recipes by default.

    The same command continues a comparison that was stopped.
    """
    console = start(offline=offline, frost_dir=frost_dir)
    from benchmarks.augmentation import (
        RECIPES_COMPARED,
        Attack,
        Comparison,
        Execution,
        Wish,
        choose_bed,
        run_comparison,
    )
    from benchmarks.engines import choose_device

    wish = Wish(bed=bed, train=data, test=test, side=side, architecture=architecture, epochs=epochs)
    chosen, training = choose_bed(wish)
    comparison = Comparison(
        bed=chosen,
        recipes=words(recipes) or RECIPES_COMPARED,
        seeds=_seeds(seeds),
        training=training,
        candidates=_probabilities(padain_p),
        images=images,
        attack=Attack(eps=attack_eps, images=attack_images),
    )
    run, where = out or Path("runs") / f"augmentations-{'own' if data else bed}", choose_device(device)
    _announce(comparison, console)
    execution = Execution(
        run=run,
        device=where,
        processes=workers or _default_workers(where),
        command=shlex.join([NAME, *sys.argv[1:]]),
        progress=lambda title, total: console.progress(title, total=total),
        say=console.say,
    )
    tables = run_comparison(comparison, execution)
    _say_ranking(tables["augmentations"], console)
    if "augmentations_claims" in tables:
        _say_claims(tables["augmentations_claims"], console)
    console.say(f"every figure: {run / 'tables' / 'augmentations.csv'} and its neighbours")
    console.say(str((run / "report.html").resolve()))


def _seeds(text: str) -> tuple[int, ...]:
    found = numbers(text)
    return tuple(range(found[0])) if len(found) == 1 and "," not in text else found


def _probabilities(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in words(text))
    except ValueError:
        raise ValueError(f"expected --padain-p as comma-separated numbers such as 0.01,0.1, got {text!r}") from None


def _default_workers(device: "torch.device") -> int:
    """Small networks gain little from threads: a training for each of two cores, but one alone on an accelerator."""
    return 1 if device.type != "cpu" else min(2, os.cpu_count() or 1)


def _announce(comparison: "Comparison", console: Console) -> None:
    from benchmarks.augmentation import open_bed

    training = comparison.training
    console.say(f"images      {open_bed(comparison.bed).note}")
    console.say(f"recipes     {', '.join(comparison.recipes)}")
    console.say(f"seeds       {', '.join(map(str, comparison.seeds))}")
    console.say(
        f"training    {training.architecture}, {training.epochs} epochs of {training.batch_size} images a step, "
        f"{training.optimizer}, the same for every recipe"
    )
    if comparison.open_recipes:
        console.say(f"p           of {', '.join(comparison.open_recipes)}: chosen among {comparison.candidates}")


def _say_ranking(table: "pd.DataFrame", console: Console) -> None:
    from reports.tables import each_row, format_interval

    rows = table[table["metric"].isin(["error", "mean_corruption_error", "relative_cost"])]
    found = {(row.recipe, row.metric): row for row in each_row(rows) if row.group in {"clean", "all", "training"}}
    means = table[table["metric"] == "mean_corruption_error"].sort_values("value")
    for name, overlaps in means[["recipe", "overlaps"]].itertuples(index=False):
        cells = [
            f"{label} {format_interval(row.value, row.low, row.high):<24}"
            for label, metric in (("corrupted", "mean_corruption_error"), ("clean", "error"), ("cost", "relative_cost"))
            if (row := found.get((name, metric))) is not None
        ]
        flag = "overlaps the test" if overlaps else ""
        console.say(f"{name:<16}{''.join(cells)}{flag}".rstrip())


def _say_claims(claims: "pd.DataFrame", console: Console) -> None:
    from reports.tables import each_row, format_interval

    for row in each_row(claims):
        figure = format_interval(row.value, row.low, row.high)
        console.say(f"{row.verdict:<6} {row.recipe} against {row.rival}: {row.claim}: {figure}")
