"""The command line: the only place that prints, seeds and parses.

Nothing heavy is imported until a command needs it, so that the first line comes at once.
"""

import os
import shlex
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmarks.console import Console, describe_bytes, describe_seconds

if TYPE_CHECKING:
    from benchmarks.inference import Engine
    from benchmarks.request import Request, Resolved

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


@app.command()
def audit(
    model: Annotated[str | None, typer.Option(help="timm name, with or without tag.")] = None,
    data: Annotated[str | None, typer.Option(help="Folder of images, or hfds/..., torch/..., a tar file.")] = None,
    out: Annotated[Path | None, typer.Option(help="Run folder; runs/<model>-<data>-<hash> by default.")] = None,
    checkpoint: Annotated[Path | None, typer.Option(help="Weights: safetensors, or a torch file.")] = None,
    class_names: Annotated[str | None, typer.Option(help="File, one name a line in logit order; or `folders`.")] = None,
    class_map: Annotated[str | None, typer.Option(help="CSV or JSON: data class to model class; or `index`.")] = None,
    preset: Annotated[str, typer.Option(help="quick, standard or full.")] = "standard",
    images: Annotated[int | None, typer.Option(min=1, help="At most this many images.")] = None,
    corruptions: Annotated[str, typer.Option(help="Comma-separated names instead of the preset's.")] = "",
    severities: Annotated[str, typer.Option(help="Comma-separated, of 1..5, instead of the preset's.")] = "",
    profile: Annotated[str | None, typer.Option(help="Severity constants: imagenet, tiny, cifar.")] = None,
    frost_dir: Annotated[Path | None, typer.Option(help="Folder with the original frost textures.")] = None,
    seed: Annotated[int, typer.Option(help="Of the image subset and every corruption.")] = 0,
    precision: Annotated[str, typer.Option(help="auto, or exact for plain float32.")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Images a forward pass; halved if memory runs out.")] = 64,
    device: Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1 ...")] = None,
    max_bad: Annotated[int | None, typer.Option(min=0, help="Stop after more unreadable images than this.")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never reach for the network.")] = False,
    trust_checkpoint: Annotated[
        bool, typer.Option("--trust-checkpoint", help="Unpickle a torch file: it can run any code.")
    ] = False,
) -> None:
    """Audit a classifier; without arguments, the embedded default.

    The same command continues a run that was stopped, and says so when it is complete.
    """
    console = _start(offline=offline)
    if frost_dir is not None:
        os.environ["CLASSIFIER_AUDIT_FROST"] = str(frost_dir)
    from benchmarks.request import Request

    request = Request(
        model=model,
        data=data,
        checkpoint=checkpoint,
        class_names=class_names,
        class_map=class_map,
        preset=preset,
        images=images,
        corruptions=tuple(filter(None, corruptions.split(","))),
        severities=_numbers(severities),
        profile=profile,
        seed=seed,
        precision=precision,
        trusted=trust_checkpoint,
    )
    _run_audit(request, console, out=out, batch_size=batch_size, device=device, max_bad=max_bad)


def _run_audit(
    request: "Request", console: Console, *, out: Path | None, batch_size: int, device: str | None, max_bad: int | None
) -> None:
    from benchmarks.audit import choose_device, finish_run, running_engines
    from benchmarks.runs import default_folder, is_complete, open_run
    from benchmarks.sweep import finished_blocks, run_sweep

    where = choose_device(device)
    resolved = _resolve(request, console)
    plan = resolved.plan
    run = out or default_folder(plan)
    metadata = open_run(resolved, run, device=where, command=shlex.join([_NAME, *sys.argv[1:]]))
    if is_complete(run, metadata):
        console.say(f"complete already, nothing left to do: {run}")
        console.say(str((run / "report.html").resolve()))
        return
    started = time.monotonic()
    done = finished_blocks(plan, run)
    left = sum(len(plan.block(block)) for block in plan.blocks if block not in done)
    with running_engines(plan, device=where, batch_size=batch_size) as engines:
        metadata["inference"] = str(engines[0])
        _announce(console, resolved, metadata, engines, left=left)
        with console.progress("images", total=left) as bar:
            run_sweep(plan, run, engines, max_bad=max_bad, on_unit=bar.advance)
        metadata["decided_in_float32"] = sum(engine.decided_again for engine in engines)
    console.say("tables, figures and page ...")
    metadata["seconds"] = round(time.monotonic() - started, 1)
    page = finish_run(plan, run, metadata)
    _print_headline(console, run)
    console.say(str(page.resolve()))


def _start(*, offline: bool) -> Console:
    """Speak first, then load the heavy libraries and set what only a whole process can set."""
    console = Console()
    console.say(f"{_NAME} {version(_NAME)}")
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read by the hub client when it is imported
    from benchmarks.allocator import keep_freed_pages, share_allocator

    keep_freed_pages()
    share_allocator()
    return console


def _resolve(request: "Request", console: Console) -> "Resolved":
    from benchmarks.embedded import EmbeddedTraining, weights_path
    from benchmarks.request import resolve

    training = EmbeddedTraining()
    if not request.embedded or weights_path(training).exists():
        return resolve(request)
    console.say(f"training the embedded default's network once; kept in {weights_path(training).parent}")
    with console.progress("training steps", total=training.steps) as bar:
        return resolve(request, on_training_step=bar.advance)


def _announce(
    console: Console, resolved: "Resolved", metadata: dict[str, Any], engines: Sequence["Engine"], *, left: int
) -> None:
    """Say what will be done, before it is done."""
    from benchmarks.audit import estimate

    plan = resolved.plan
    work = estimate(plan, engines, remaining=left)
    total = len(plan.samples.entries)
    severities = sorted({condition.severity for condition in plan.conditions if condition.severity})
    corruptions = dict.fromkeys(condition.name for condition in plan.conditions if condition.severity)
    console.say(f"device      {metadata['device']}, {metadata['inference']}")
    for model in metadata["models"]:
        console.say(f"model       {model['name']}: {model['source']}, sha256 {model['weights_sha256'][:12]}")
        console.say(f"transform   {model['transform']}")
    console.say(f"images      {total:,} of {plan.samples.name} in {len(plan.samples.class_names):,} classes")
    absent = [name for name in plan.samples.class_names if name not in plan.samples.entries.present]
    if absent:
        shown = ", ".join(absent[:5]) + (" ..." if len(absent) > 5 else "")
        console.say(f"empty       {len(absent):,} classes without images: {shown}")
    if plan.samples.ignored:
        console.say(f"ignored     {len(plan.samples.ignored):,} files that are no images")
    console.say(f"labels      {resolved.label_match}")
    console.say(f"conditions  {len(plan.conditions)}: {', '.join(corruptions)} at severities {severities}")
    for name, reason in resolved.missing.items():
        console.say(f"missing     {name}: {reason}")
    console.say(f"profile     {plan.profile}, seed {plan.seed}")
    resumed = f", {total - left:,} images done before" if left < total else ""
    console.say(f"work        {len(plan.blocks)} units, {plan.rows:,} records{resumed}")
    console.say(f"estimated   {describe_seconds(work.seconds)}, {describe_bytes(work.size)} on disk")


def _print_headline(console: Console, run: Path) -> None:
    from reports.tables import read_tables

    tables = read_tables(run)
    for row in tables["headline"].itertuples():
        interval = f"[{row.low:.4g}, {row.high:.4g}]"
        console.say(f"{row.model}  {row.metric:<24}{row.value:>10.4g}  {interval:<24}n = {row.n:.0f}")
    skipped = len(tables["skipped"]) if "skipped" in tables else 0
    if skipped:
        console.say(f"{skipped:,} images without a prediction; see {run / 'tables' / 'skipped.csv'}")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in filter(None, text.split(",")))
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
