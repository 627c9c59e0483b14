"""``errors``: does the classifier know when it is wrong, on clean, corrupted and attacked images?"""

import shlex
import sys
from math import isnan
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import (
    NAME,
    Checkpoints,
    Corruptions,
    Data,
    Device,
    Frost,
    Images,
    Map,
    Models,
    Names,
    Offline,
    Out,
    Profile,
    Seed,
    Severities,
    Trust,
    numbers,
    start,
    words,
)
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["errors"]


def errors(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Images = 500,
    corruptions: Corruptions = "",
    severities: Severities = "1,3",
    profile: Profile = None,
    frost_dir: Frost = None,
    budget: Annotated[
        int | None,
        typer.Option(min=2, help="Forward passes an image; transforms are chosen for it on the calibration half."),
    ] = None,
    attack_images: Annotated[int, typer.Option(min=0, help="Images that are attacked; 0 attacks none.")] = 16,
    attack_sizes: Annotated[
        str, typer.Option(help="Comma-separated multiples of the change that fools 99 % of the images.")
    ] = "0.5,1,2",
    attack_steps: Annotated[int, typer.Option(min=1, help="Of each run of an attack that knows the score.")] = 40,
    seed: Seed = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Images and copies a forward pass.")] = 256,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Judge every confidence score by the errors it finds; without arguments, on the embedded default.

    Half of the images calibrate, the others judge; none may be from the classifier's training. The same command
    continues a run that was stopped. With --out FOLDER of an audit of the same models and data, its page gets a
    section more.
    """
    console = start(offline=offline, frost_dir=frost_dir)
    from benchmarks import error_detection as detection
    from benchmarks.audit_sections.errors import judge_errors
    from benchmarks.audit_sections.stage import Stage
    from benchmarks.engines import choose_device
    from benchmarks.request import Request, model_requests
    from benchmarks.sections import close_section, section_folder
    from benchmarks.terminal import announced
    from reports.tables import read_tables
    from robustness.consistency import AttackSettings

    attacks = detection.AttackSetting(
        images=attack_images, multiples=_multiples(attack_sizes), aware=AttackSettings(steps=attack_steps)
    )
    request = Request(
        models=model_requests(model or [], checkpoint or []),
        data=data,
        class_names=class_names,
        class_map=class_map,
        preset="full",
        images=images,
        corruptions=words(corruptions),
        severities=numbers(severities),
        profile=profile,
        seed=seed,
        trusted=trust_checkpoint,
    )
    resolved, where = announced(request, console), choose_device(device)
    setting = detection.setting_of(resolved, attacks, budget=budget)
    run = out or section_folder(resolved.plan, "errors")
    command = shlex.join([NAME, *sys.argv[1:]])
    stage = Stage(resolved=resolved, run=run, device=where, batch_size=batch_size, command=command, console=console)
    table = judge_errors(stage, setting)
    page = close_section(run)
    _say_scores(table, console)
    if attack_images:
        _say_attacks(read_tables(run)["errors_attacks"], console)
    console.say(f"every score and figure: {run / 'tables' / 'errors.csv'}")
    console.say(str(page.resolve()))


def _multiples(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in words(text))
    except ValueError:
        raise ValueError(f"expected --attack-sizes as comma-separated numbers such as 0.5,1,2, got {text!r}") from None


def _say_scores(table: "pd.DataFrame", console: Console) -> None:
    """One line for each population and main score, or why a population has none."""
    from benchmarks.error_detection import MAIN_SCORES
    from reports.scores import score_label
    from reports.tables import each_row, format_interval

    gains = {(row.model, row.population, row.score): row for row in each_row(table[table["metric"] == "auroc_gain"])}
    main = table[table["score"].isin(MAIN_SCORES) & table["metric"].eq("auroc")]
    order = {name: place for place, name in enumerate(MAIN_SCORES)}
    for (name, population), rows in main.groupby(["model", "population"], sort=False):
        console.say(f"{name}, {population}: {rows['convention'].iloc[0].split(';')[0]}")
        if rows["value"].isna().all():
            continue
        for row in each_row(rows.sort_values("score", key=lambda scores: scores.map(order))):
            figure = row.convention if isnan(row.value) else format_interval(row.value, row.low, row.high)
            gain = gains.get((str(name), str(population), row.score))
            beside = f"above MSP {format_interval(gain.value, gain.low, gain.high)}" if gain is not None else ""
            console.say(f"  {score_label(row.score):<24}{row.passes:>3} passes  AUROC {figure:<24}{beside}".rstrip())


def _say_attacks(table: "pd.DataFrame", console: Console) -> None:
    """One line for each attack that knows the score: the only ones that tell of security."""
    from reports.scores import score_label
    from reports.tables import each_row, format_interval

    for row in each_row(table[table["adversary"].eq("aware") & table["metric"].eq("auroc")]):
        figure = row.convention if isnan(row.value) else format_interval(row.value, row.low, row.high)
        weak = "  (attack called too weak)" if "too weak" in row.convention else ""
        console.say(
            f"{row.model}, attacked at {row.eps:.4f} knowing it: {score_label(row.score):<24}AUROC {figure}{weak}"
        )
    notes = table.loc[table["metric"] == "fooled", "convention"].drop_duplicates()
    for note in notes[~notes.str.contains("no sanity flag")]:
        console.say(f"FLAG  {note}")
