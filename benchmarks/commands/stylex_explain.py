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
    from benchmarks.stylex import Explained

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
    from benchmarks.audit_sections.stage import Stage
    from benchmarks.audit_sections.stylex import explain_stylex, stylex_file
    from benchmarks.engines import choose_device
    from benchmarks.request import Request, model_requests
    from benchmarks.sections import close_section, section_folder
    from benchmarks.terminal import announced
    from xai.stylex import stylex_notes

    file, where = stylex_file(load), choose_device(device)
    request = Request(
        models=model_requests(model or [], checkpoint or []), data=data, class_names=class_names, class_map=class_map,
        preset="full", seed=int(stylex_notes(file)["recipe"]["seed"]), precision="exact", trusted=trust_checkpoint,
    )  # fmt: skip
    resolved = announced(request, console)
    run = out or section_folder(resolved.plan, "stylex")
    command = shlex.join([NAME, *sys.argv[1:]])
    stage = Stage(resolved=resolved, run=run, device=where, batch_size=64, command=command, console=console)
    explained, task = explain_stylex(
        stage, request, file, label=label, images=images, attributes=attributes, to_rgb=to_rgb
    )
    page = close_section(run)
    _say_found(explained, task.data.class_names, console)
    console.say(f"frames      {run / 'stylex'}: PNG, WebP and GIF of every attribute")
    console.say(str(page.resolve()))


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
