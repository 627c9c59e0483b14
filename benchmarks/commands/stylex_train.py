"""``stylex train``: a generator that shows what one classifier sees."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmarks.commands.options import (
    NAME,
    Checkpoints,
    Data,
    Device,
    Map,
    Models,
    Names,
    Offline,
    Trust,
    start,
    words,
)
from benchmarks.console import Console

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from benchmarks.stylex import StylexSetting, StylexTask
    from xai.stylex import Perceptual, TrainingRecipe

__all__ = ["choose_recipe", "stylex_train"]


def stylex_train(
    model: Models = None,
    data: Data = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/stylex-<model>-<data> by default.")] = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    classes: Annotated[
        str, typer.Option(help="Comma-separated classes to ask about; all where they are few, 0,8 for the digits.")
    ] = "",
    side: Annotated[int | None, typer.Option(help="Of the images: 8, 16, 32 ... 1024; the model's by default.")] = None,
    images: Annotated[int | None, typer.Option(min=10, help="At most so many; a fifth of them held out.")] = None,
    recipe: Annotated[str, typer.Option(help="reconstruction, adversarial or alternating.")] = "reconstruction",
    width: Annotated[int, typer.Option(min=1, help="How many times the small networks' channels; 4 to 8 on GPUs.")] = 1,
    steps: Annotated[int | None, typer.Option(min=1, help="Of training.")] = None,
    batch_size: Annotated[int | None, typer.Option(min=2, help="Images a step, of all processes.")] = None,
    label_dropout: Annotated[
        float | None, typer.Option(help="Share of images told another image's class, so that content must tell.")
    ] = None,
    sparsity: Annotated[
        float | None, typer.Option(help="Weight that keeps style coordinates few; the recipe's by default.")
    ] = None,
    perceptual: Annotated[
        Path | None, typer.Option(help="LPIPS as safetensors, in place of the classifier's own features.")
    ] = None,
    precision: Annotated[str, typer.Option(help="exact, or auto for bfloat16 where the device has it.")] = "exact",
    seed: Annotated[int, typer.Option(help="Of images, weights and batches.")] = 0,
    device: Device = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also where the classifier only guesses.")] = False,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Train a StylEx for a classifier; by default for the embedded one, of digits 0 and 8. Under torchrun, in several.

    The same command continues a training that was stopped, and says so when it is complete.
    """
    console = start(offline=offline)
    from benchmarks.engines import choose_device
    from benchmarks.request import Request, model_requests
    from benchmarks.stylex import StylexSetting, measure_readiness, open_task
    from benchmarks.terminal import announced
    from xai.stylex import Architecture, load_perceptual

    distance = load_perceptual(perceptual) if perceptual else None
    changes = {"seed": seed, "steps": steps, "batch_size": batch_size}
    chosen = choose_recipe(recipe, **changes, label_dropout=label_dropout, sparsity=sparsity)
    request = Request(
        models=model_requests(model or [], checkpoint or []), data=data, class_names=class_names,
        class_map=class_map, preset="full", seed=seed, precision="exact", trusted=trust_checkpoint,
    )  # fmt: skip
    resolved, where = announced(request, console), choose_device(device)
    task = open_task(resolved, request, class_names=words(classes), side=side, images=images)
    setting = StylexSetting(
        architecture=Architecture.of_side(task.data.side, classes=len(task.data.class_names), width=width),
        recipe=replace(chosen, reduced=_reduced(precision, where)),
        perceptual=distance.weights_hash if distance else "",
    )
    _say_task(task, setting, where, console)
    _check(measure_readiness(task.model, task.data, device=where), console, anyway=anyway)
    folder = out or Path("runs") / f"stylex-{task.model.name}-{task.data.name}".replace("/", "_")
    _carry_out(task, setting, folder, where, console, distance)


def choose_recipe(name: str, **changes: float | None) -> "TrainingRecipe":
    """The recipe of that name, with the changes that are not None."""
    from xai.stylex import RECIPES

    if name not in RECIPES:
        raise ValueError(f"expected --recipe among {', '.join(RECIPES)}, got {name!r}")
    return replace(RECIPES[name], **{key: value for key, value in changes.items() if value is not None})  # type: ignore[arg-type]


def _reduced(precision: str, device: "torch.device") -> bool:
    from benchmarks.inference import PRECISIONS, has_bfloat16

    if precision not in PRECISIONS:
        raise ValueError(f"expected --precision among {', '.join(PRECISIONS)}, got {precision!r}")
    return precision == "auto" and has_bfloat16(device)


def _say_task(task: "StylexTask", setting: "StylexSetting", device: "torch.device", console: Console) -> None:
    from benchmarks.provenance import describe_device

    data, architecture, recipe = task.data, setting.architecture, setting.recipe
    console.say(f"device      {describe_device(device)}{', bfloat16' if recipe.reduced else ''}")
    console.say(f"classifier  {task.model.name}: {' or '.join(data.class_names)}")
    console.say(f"images      {len(data.images):,} of {data.name} at {data.side} px, {len(data.held_out):,} held out")
    console.say(f"networks    {architecture.coordinates:,} style coordinates in {len(architecture.layers)} layers")
    console.say(f"steps       {recipe.steps:,} of {recipe.batch_size} images")


def _check(readiness: "pd.DataFrame", console: Console, *, anyway: bool) -> None:
    from benchmarks.stylex import reasons_against
    from reports.tables import each_row

    for row in each_row(readiness):
        what = f"{row.measure} {row.name}".strip()
        console.say(f"check       {what} {row.value:.1%} [{row.low:.1%}, {row.high:.1%}], n = {row.n}")
    reasons = reasons_against(readiness)
    if reasons and not anyway:
        raise ValueError(
            f"expected a classifier with reasons to show, got one of which {'; '.join(reasons)}; choose other images "
            "or classes, or go on with --anyway"
        )


def _carry_out(
    task: "StylexTask",
    setting: "StylexSetting",
    folder: Path,
    device: "torch.device",
    console: Console,
    perceptual: "Perceptual | None",
) -> None:
    from benchmarks.stylex import RESULT, measure_fidelity, remaining_steps, train_stylex
    from reports.records import write_atomically
    from reports.tables import each_row

    left = remaining_steps(task.model, task.data, folder, setting=setting)
    if left:
        with console.progress("steps", total=left) as bar:
            system = train_stylex(
                task.model, task.data, folder, setting=setting, device=device, on_step=bar.advance,
                perceptual=perceptual,
            )  # fmt: skip
    else:
        console.say(f"complete already, nothing left to do: {folder}")
        system = train_stylex(task.model, task.data, folder, setting=setting, device=device, perceptual=perceptual)
    fidelity = measure_fidelity(system, task.data.held_out, seed=setting.recipe.seed)
    write_atomically(folder / "fidelity.csv", fidelity.to_csv(index=False).encode())
    for row in each_row(fidelity):
        what = row.convention.split(";")[0]
        console.say(f"{row.measure:<12}{row.value:.4g} [{row.low:.4g}, {row.high:.4g}], n = {row.n}: {what}")
    console.say(f"grids       {folder / 'grids'}: images, reconstructions, and these with the classes swapped")
    console.say(f"losses      {folder / 'log.csv'}")
    console.say("explain it:")
    console.say(f"  {NAME} stylex explain --load {folder}")
    console.say(str((folder / RESULT).resolve()))
