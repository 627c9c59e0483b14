"""``stylex explain``: what a trained StylEx says of its classifier, as attributes that can be seen."""

import shlex
import sys
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
    Out,
    Trust,
    start,
)
from benchmarks.console import Console

if TYPE_CHECKING:
    import torch

    from benchmarks.request import Request, Resolved
    from benchmarks.stylex import Explained, StylexTask
    from xai.stylex import StylEx

__all__ = ["stylex_explain"]


def stylex_explain(
    load: Annotated[Path, typer.Option(help="Folder of `stylex train`, or its stylex.safetensors.")],
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    label: Annotated[str | None, typer.Option(help="Class to explain; the last one by default.")] = None,
    images: Annotated[int, typer.Option(min=8, help="Of the training that are searched; others are judged by.")] = 128,
    attributes: Annotated[int, typer.Option(min=1, help="At most so many.")] = 8,
    to_rgb: Annotated[bool, typer.Option(help="Search layers that only colour the image too.")] = True,
    device: Device = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Find what speaks for a class, show it from end to end, and count the decisions that it turns.

    Name the model and the data as for `stylex train`. With --out FOLDER of an audit of the same models and data, its
    page gets a section more.
    """
    console = start(offline=offline)
    from benchmarks.audit import choose_device
    from benchmarks.request import Request, model_requests
    from benchmarks.sections import open_section, section_folder
    from benchmarks.stylex import ExplainSetting, explain_system, write_explained_stylex
    from benchmarks.terminal import announced
    from xai.stylex import stylex_notes

    file, where = _file(load), choose_device(device)
    seed = int(stylex_notes(file)["recipe"]["seed"])
    request = Request(
        models=model_requests(model or [], checkpoint or []), data=data, class_names=class_names, class_map=class_map,
        preset="full", seed=seed, precision="exact", trusted=trust_checkpoint,
    )  # fmt: skip
    resolved = announced(request, console)
    system, task = _open(file, resolved, request, where, console)
    names = task.data.class_names
    if label is not None and label not in names:
        raise ValueError(f"expected --label among {', '.join(names)}, got {label!r}")
    setting = ExplainSetting(
        label=len(names) - 1 if label is None else names.index(label),
        searched=images, attributes=attributes, to_rgb=to_rgb, seed=seed,
    )  # fmt: skip
    run = out or section_folder(resolved.plan, "stylex")
    open_section(resolved, run, section="stylex", device=where, command=shlex.join([NAME, *sys.argv[1:]]))
    console.say("attributes, on images of the training, and what they do to held-out ones ...")
    explained = explain_system(system, task.data, setting=setting)
    console.say("tables, frames, figures and page ...")
    page = write_explained_stylex(explained, task.model, run)
    _say_found(explained, names, console)
    console.say(f"frames      {run / 'stylex'}: PNG, WebP and GIF of every attribute")
    console.say(str(page.resolve()))


def _file(load: Path) -> Path:
    from benchmarks.stylex import RESULT

    return load / RESULT if load.is_dir() else load


def _open(
    file: Path, resolved: "Resolved", request: "Request", device: "torch.device", console: Console
) -> tuple["StylEx", "StylexTask"]:
    """The StylEx of the first model, and the images that it was trained on."""
    from benchmarks.stylex import open_task, restrict
    from xai.stylex import load_stylex, stylex_notes

    notes = stylex_notes(file)
    model = restrict(resolved.plan.models[0], notes["class_names"])
    system = load_stylex(file, model.classifier, weights_hash=model.weights_sha256, device=device)
    task = open_task(resolved, request, class_names=notes["class_names"], side=system.side)
    console.say(f"classifier  {model.name}: {' or '.join(task.data.class_names)}")
    console.say(f"StylEx      {len(task.data.images):,} images to search, {len(task.data.held_out):,} held out")
    if task.data.fingerprint != notes["data"]["fingerprint"]:
        console.say("other data  these are not the images it was trained on, so some held-out ones may be among those")
    return system, task


def _say_found(explained: "Explained", names: tuple[str, ...], console: Console) -> None:
    """One line for each attribute, and one for what they do together."""
    name, knows = names[explained.setting.label], explained.verdicts.knows
    if knows is not None:
        console.say(
            f"decides     {name} or not: {knows.value:.1%} [{knows.low:.1%}, {knows.high:.1%}] balanced accuracy"
        )
    for number, (group, finding) in enumerate(zip(explained.groups, explained.verdicts.findings, strict=True), start=1):
        swing = finding.swing
        what = f"swing {swing.value:+.2f} [{swing.low:+.2f}, {swing.high:+.2f}] log-odds, p {finding.p:.2g}"
        console.say(f"attribute {number:<2}{what}, {len(group.slide.coordinates)} coordinates")
    for way, said in (("towards", f"turned into {name}"), ("away", f"{name} turned away")):
        curve = explained.curves["groups", way].towards or ()
        shares = ", ".join(f"{k}: {point.value:.0%}" for k, point in enumerate(curve))
        console.say(f"{said} by the first k attributes: {shares or 'no image to turn'}")
