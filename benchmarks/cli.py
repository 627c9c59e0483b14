"""The command line: the only place that prints, seeds and parses.

Nothing heavy is imported until a command needs it, so that the first line comes at once.
"""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.console import Console

__all__ = ["app", "main"]

_NAME = "classifier-audit"

app = typer.Typer(
    name=_NAME,
    help="Audit a trained image classifier: how it breaks, and whether it knows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """Run the command line; a mistake in the request is a message and exit status 2, never a traceback."""
    try:
        app()
    except (ValueError, FileNotFoundError, NotADirectoryError, PermissionError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("stopped; the same command continues", file=sys.stderr)
        sys.exit(130)


Models = Annotated[list[str] | None, typer.Option("--model", help="timm name, with or without tag; repeatable.")]
Checkpoints = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", help="Weights: safetensors, or a torch file; one for each --model, or none."),
]
Data = Annotated[str | None, typer.Option(help="Folder of images, or hfds/..., torch/..., a tar file.")]
Out = Annotated[Path | None, typer.Option(help="Run folder; runs/<models>-<data>-<hash> by default.")]
Names = Annotated[str | None, typer.Option(help="File, one name a line in logit order; or `folders`.")]
Map = Annotated[str | None, typer.Option(help="CSV or JSON: data class to model class; or `index`.")]
Images = Annotated[int | None, typer.Option(min=1, help="At most this many images.")]
Corruptions = Annotated[str, typer.Option(help="Comma-separated names; `all` takes the four extra ones too.")]
Severities = Annotated[str, typer.Option(help="Comma-separated, of 1..5.")]
Profile = Annotated[str | None, typer.Option(help="Severity constants: imagenet, tiny, cifar.")]
Frost = Annotated[Path | None, typer.Option(help="Folder with the original frost textures.")]
Seed = Annotated[int, typer.Option(help="Of the image subset and every corruption.")]
Precision = Annotated[str, typer.Option(help="auto, or exact for plain float32.")]
Batch = Annotated[int, typer.Option(min=1, help="Images a forward pass; halved if memory runs out.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 ...")]
MaxBad = Annotated[int | None, typer.Option(min=0, help="Stop after more unreadable images than this.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never reach for the network.")]
Trust = Annotated[bool, typer.Option("--trust-checkpoint", help="Unpickle a torch file: it can run any code.")]


@app.command()
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
    max_bad: MaxBad = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Audit classifiers; without arguments, the embedded default.

    The same command continues a run that was stopped, and says so when it is complete.
    """
    console = _start(offline=offline, frost_dir=frost_dir)
    from benchmarks.request import Request, model_requests
    from benchmarks.terminal import Execution, carry_out

    request = Request(
        models=model_requests(model or [], checkpoint or []),
        data=data,
        class_names=class_names,
        class_map=class_map,
        preset=preset,
        images=images,
        corruptions=_words(corruptions),
        severities=_numbers(severities),
        profile=profile,
        seed=seed,
        precision=precision,
        trusted=trust_checkpoint,
    )
    execution = Execution(out=out, batch_size=batch_size, device=device, max_bad=max_bad)
    carry_out(request, execution, console)


@app.command()
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
    max_bad: MaxBad = None,
    offline: Offline = False,
    trust_checkpoint: Trust = False,
) -> None:
    """Hold models against every corruption and severity of ImageNet-C, on all images; models share the images.

    Data that is corrupted already is evaluated as stored. Without arguments, the embedded default.
    """
    console = _start(offline=offline, frost_dir=frost_dir)
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
        corruptions=_words(corruptions),
        severities=_numbers(severities),
        profile=profile,
        jpeg_roundtrip=jpeg_roundtrip,
        seed=seed,
        precision=precision,
        trusted=trust_checkpoint,
    )
    wanted = Export(folder=export, layout=export_layout) if export is not None else None
    execution = Execution(out=out, batch_size=batch_size, device=device, max_bad=max_bad, export=wanted)
    carry_out(request, execution, console)


def _start(*, offline: bool, frost_dir: Path | None = None) -> Console:
    """Speak first, then load the heavy libraries and set what only a whole process can set."""
    console = Console()
    console.say(f"{_NAME} {version(_NAME)}")
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read by the hub client when it is imported
    if frost_dir is not None:
        os.environ["CLASSIFIER_AUDIT_FROST"] = str(frost_dir)
    from benchmarks.allocator import keep_freed_pages, share_allocator

    keep_freed_pages()
    share_allocator()
    return console


def _words(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in _words(text))
    except ValueError:
        raise ValueError(f"expected comma-separated whole numbers such as 1,3,5, got {text!r}") from None


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(help="Run folders; several make one comparison page.")],
    out: Annotated[Path | None, typer.Option(help="Folder of a comparison.")] = None,
) -> None:
    """Rebuild tables, figures and page from records, without inference."""
    console = _start(offline=True)
    from benchmarks.report import write_report

    if len(runs) > 1 and out is None:
        raise ValueError("expected --out for the comparison of several runs, got none")
    page = write_report(runs, out or runs[0])
    console.say(str(page.resolve()))


@app.command()
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


@app.command()
def doctor() -> None:
    """Print versions, devices, the cache folder, and which extras are there."""
    console = _start(offline=False)
    from benchmarks.doctor import findings

    for name, finding in findings():
        console.say(f"{name:<20}{finding}")


@app.command()
def speed(
    what: Annotated[str, typer.Argument(help="inference or memory.")] = "inference",
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 ...")] = None,
) -> None:
    """Measure performance side by side with the plain way of doing the same."""
    console = _start(offline=True)
    from benchmarks.audit import choose_device
    from benchmarks.provenance import describe_device, installed_versions
    from benchmarks.speed import MEASUREMENTS

    if what not in MEASUREMENTS:
        raise ValueError(f"expected one of {', '.join(MEASUREMENTS)}, got {what!r}")
    where = choose_device(device)
    console.say(f"{describe_device(where)}; " + ", ".join(f"{k} {v}" for k, v in installed_versions().items()))
    for table in MEASUREMENTS[what](where):
        console.say(table.to_string(index=False, float_format="%.4g"))
