"""What several commands share: their options, and how every one of them starts."""

import contextlib
import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.console import Console

__all__ = [
    "NAME",
    "Batch",
    "Checkpoints",
    "Corruptions",
    "Data",
    "Device",
    "Devices",
    "Frost",
    "Images",
    "Map",
    "MaxBad",
    "Models",
    "Names",
    "Offline",
    "Out",
    "Precision",
    "Profile",
    "Seed",
    "Severities",
    "Trust",
    "first_process_speaks",
    "numbers",
    "start",
    "words",
]

NAME = "classifier-audit"

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
Devices = Annotated[
    str, typer.Option(help="Comma-separated, such as cuda:0,cuda:1; one process each. Under torchrun, leave it out.")
]
MaxBad = Annotated[int | None, typer.Option(min=0, help="Stop after more unreadable images than this.")]
Offline = Annotated[bool, typer.Option("--offline", help="Never reach for the network.")]
Trust = Annotated[bool, typer.Option("--trust-checkpoint", help="Unpickle a torch file: it can run any code.")]


def start(*, offline: bool, frost_dir: Path | None = None) -> Console:
    """Speak first, then load the heavy libraries and set what only a whole process can set."""
    console = Console()
    console.say(f"{NAME} {version(NAME)}")
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"  # read by the hub client when it is imported
    if frost_dir is not None:
        os.environ["CLASSIFIER_AUDIT_FROST"] = str(frost_dir)
    from benchmarks.allocator import keep_freed_pages, share_allocator

    keep_freed_pages()
    share_allocator()
    return console


@contextlib.contextmanager
def first_process_speaks() -> Iterator[None]:
    """Silence all processes of torchrun but one."""
    if os.environ.get("RANK", "0") == "0":
        yield
        return
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


def words(text: str) -> tuple[str, ...]:
    """Read a comma-separated list."""
    return tuple(filter(None, text.split(",")))


def numbers(text: str) -> tuple[int, ...]:
    """Read a comma-separated list of whole numbers.

    Raises:
        ValueError: there is something else in it.
    """
    try:
        return tuple(int(word) for word in words(text))
    except ValueError:
        raise ValueError(f"expected comma-separated whole numbers such as 1,3,5, got {text!r}") from None
