"""Sweeps over corruptions: ``audit``, the main job, and ``corruptions``, all of them for several models."""

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.commands.options import (
    Batch,
    Checkpoints,
    Corruptions,
    Data,
    Device,
    Devices,
    Frost,
    Images,
    Map,
    MaxBad,
    Models,
    Names,
    Offline,
    Out,
    Precision,
    Profile,
    Seed,
    Severities,
    Trust,
    numbers,
    start,
    words,
)

__all__ = ["audit", "corruptions"]


def audit(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    preset: Annotated[str, typer.Option(help="quick, standard or full.")] = "standard",
    images: Images = None,
    corruptions: Corruptions = "",
    severities: Severities = "",
    profile: Profile = None,
    frost_dir: Frost = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    batch_size: Batch = 64,
    device: Device = None,
    devices: Devices = "",
    sections: Annotated[
        str,
        typer.Option(
            help="Comma-separated: corruptions, errors, explain, stylex, global-statistics, concepts, invariances; "
            "those of the preset by default. Corruptions are always done."
        ),
    ] = "",
    train_explainers: Annotated[
        bool, typer.Option("--train-explainers", help="Train what concepts and invariances need; minutes more.")
    ] = False,
    stylex: Annotated[Path | None, typer.Option(help="Folder of `stylex train` for the first model.")] = None,
    max_bad: MaxBad = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Audit classifiers in every section that applies, on one page; without arguments, the embedded default.

    The same command continues a run that was stopped, tries sections again that failed, and says so when nothing is
    left. A section that fails does not change the exit status: the page and tables/sections.csv say what is missing.
    Under torchrun, or with --devices, several processes share the sweep.
    """
    console = start(offline=offline, frost_dir=frost_dir)
    from benchmarks.audit_sections import Explainers, choose_sections
    from benchmarks.request import Request, model_requests
    from benchmarks.terminal import Execution, carry_out

    request = Request(
        models=model_requests(model or [], checkpoint or []),
        data=data,
        class_names=class_names,
        class_map=class_map,
        preset=preset,
        images=images,
        corruptions=words(corruptions),
        severities=numbers(severities),
        profile=profile,
        seed=seed,
        precision=precision,
        trusted=trust_checkpoint,
    )
    execution = Execution(
        out=out,
        batch_size=batch_size,
        device=device,
        devices=words(devices),
        max_bad=max_bad,
        sections=choose_sections(words(sections), preset),
        explainers=Explainers(train=train_explainers, stylex=_trained(stylex)),
    )
    carry_out(request, execution, console)


def _trained(stylex: Path | None) -> Path | None:
    """The folder, if it holds what it should."""
    from benchmarks.audit_sections.stylex import stylex_file

    if stylex is not None and not stylex_file(stylex).is_file():
        raise FileNotFoundError(f"expected --stylex as a folder of `stylex train` that has finished, got {stylex}")
    return stylex


def corruptions(
    model: Models = None,
    data: Data = None,
    out: Out = None,
    checkpoint: Checkpoints = None,
    class_names: Names = None,
    class_map: Map = None,
    images: Images = None,
    corruptions: Corruptions = "",
    severities: Severities = "",
    profile: Profile = None,
    jpeg_roundtrip: Annotated[
        bool, typer.Option("--jpeg-roundtrip", help="Corrupted images pass through JPEG, as the published files did.")
    ] = False,
    export: Annotated[Path | None, typer.Option(help="Folder that gets the corrupted images too.")] = None,
    export_layout: Annotated[str, typer.Option(help="imagenet-c or cifar-c.")] = "imagenet-c",
    frost_dir: Frost = None,
    seed: Seed = 0,
    precision: Precision = "auto",
    batch_size: Batch = 64,
    device: Device = None,
    devices: Devices = "",
    max_bad: MaxBad = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Hold models against every corruption and severity of ImageNet-C, on all images; models share the images.

    Data that is corrupted already is evaluated as stored. Without arguments, the embedded default.
    """
    console = start(offline=offline, frost_dir=frost_dir)
    from benchmarks.export import Export
    from benchmarks.request import Request, model_requests
    from benchmarks.terminal import Execution, carry_out

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
        jpeg_roundtrip=jpeg_roundtrip,
        seed=seed,
        precision=precision,
        trusted=trust_checkpoint,
    )
    wanted = Export(folder=export, layout=export_layout) if export is not None else None
    execution = Execution(
        out=out, batch_size=batch_size, device=device, devices=words(devices), max_bad=max_bad, export=wanted
    )
    carry_out(request, execution, console)
